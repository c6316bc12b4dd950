import { LANDSCAPES } from './landscape.ts'
import { allKnown, wordSet } from './words.ts'

/** A way to fill a picture. */
export type Style = 'ridges' | 'tiles'

const TILES = wordSet(`
  tile logo icon poster pattern bauhaus flat minimal abstract retro cube circle square quilt app
  building architecture toy geometry geometric triangle sphere box origami mosaic robot machine car`)

/** Words that ask for a style; plurals come with them. No landscape's word is one of the tiles'. */
const STYLE_BY_WORD = new Map<string, Style>([
  ...LANDSCAPES.flatMap((words) => Array.from(words, (word) => [word, 'ridges'] as const)),
  ...Array.from(TILES, (word) => [word, 'tiles'] as const),
])

/** The style that the prompt's words name first; if none is named, one by `hash`. */
export const chooseStyle = (words: string[], hash: number): Style =>
  allKnown(words, STYLE_BY_WORD)[0] ?? (hash % 2 === 0 ? 'tiles' : 'ridges')
