import { type Noise } from './noise.ts'
import { type Palette } from './palette.ts'
import { type Random } from './random.ts'

/** What a picture is drawn from. Nothing in it depends on the picture's size. */
export interface Scene {
  /** The prompt's words in order, lower case. */
  words: string[]
  palette: Palette
  /** Must be called equally often at every size, or sizes would show different pictures. */
  random: Random
  noise: Noise
}
