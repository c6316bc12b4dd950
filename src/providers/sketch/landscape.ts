import { pickBetween } from './random.ts'
import { type Canvas, type Colour, mix } from './rgb.ts'
import { type Scene } from './scene.ts'
import { type RidgeTerrain } from './terrain.ts'
import { mentions, wordSet } from './words.ts'

type Terrain = RidgeTerrain | 'city'

/** What a ridges picture shows and where: in pixels of one canvas. */
export interface Landscape {
  terrain: Terrain
  night: boolean
  /** Conifers on the nearest ridge. */
  wooded: boolean
  /** Length of 1 in all shapes: the height, less in tall narrow pictures. */
  unit: number
  /** Row where the sky ends. */
  horizon: number
  /** First row of water; the height when there is none. */
  shore: number
  sun: { x: number; y: number; radius: number; colour: Colour }
}

const NIGHT = wordSet(
  'night midnight moon moonlight star stars starry cyberpunk space galaxy cosmos planet aurora',
)
const DARK = wordSet('dark neon')
const DAY = wordSet('day sun sunset sunrise dawn dusk')
const SEA = wordSet('sea ocean beach island coast bay ship boat lighthouse shore cliff')
const WATER = wordSet('lake river fjord water harbor pond')
const HILLS = wordSet('hill valley meadow field desert dune village horizon')
const CITY = wordSet('city skyline town street downtown cyberpunk')
const WOODED = wordSet('forest tree wood pine lake cabin fjord autumn winter river fox wolf bear')

function chooseTerrain(words: string[]): Terrain {
  if (mentions(words, CITY)) return 'city'
  if (mentions(words, SEA)) return 'islands'
  return mentions(words, HILLS) ? 'hills' : 'mountains'
}

/** Fractions of the height: where sky meets land, and where land meets water. */
const HORIZON: Record<Terrain, number> = { mountains: 0.6, hills: 0.56, city: 0.7, islands: 0.58 }

export function planLandscape(canvas: Canvas, { words, palette, random }: Scene): Landscape {
  const { width, height } = canvas
  const chance = random()
  const terrain = chooseTerrain(words)
  const night =
    mentions(words, NIGHT) || mentions(words, DARK) || (!mentions(words, DAY) && chance < 0.15)
  const water = terrain === 'islands' || mentions(words, WATER)
  const unit = Math.min(height, width * 1.5)
  const horizon = Math.round(height * (HORIZON[terrain] + pickBetween(random, 0, 0.04)))
  const radius =
    unit * (night ? pickBetween(random, 0.04, 0.055) : pickBetween(random, 0.06, 0.085))
  // Off the middle on either side, about where the thirds meet.
  const side = random() < 0.5 ? 0.36 : 0.64
  const low =
    terrain === 'islands' ? pickBetween(random, 0.07, 0.13) : pickBetween(random, 0.2, 0.3)
  return {
    terrain,
    night,
    wooded: mentions(words, WOODED) && terrain !== 'city',
    unit,
    horizon,
    shore: water ? horizon : height,
    sun: {
      x: width * (side + pickBetween(random, -0.07, 0.07)),
      y: night
        ? Math.max(radius * 2, horizon - unit * (0.26 + low))
        : horizon - unit * low - radius * 0.4,
      radius,
      colour: mix(palette[7]!, night ? [244, 242, 232] : [255, 252, 240], 0.6),
    },
  }
}
