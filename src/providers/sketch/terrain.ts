import { type Noise, sumOctaves } from './noise.ts'
import { createCellRandom } from './random.ts'
import { clamp01 } from './rgb.ts'

/** A kind of land that has ridges. */
export type RidgeTerrain = 'mountains' | 'hills' | 'islands'

/** How high the land stands at `x`, 0 (its foot) to about 1; `layer` gives each ridge its own. */
type Profile = (x: number, layer: number) => number

/** Sharp tops: noise folded at zero, octave by octave. */
const mountains =
  (noise: Noise): Profile =>
  (x, layer) => {
    let height = 0
    let strength = 0.62
    for (let octave = 0, scale = 1.15; octave < 6; octave++, scale *= 2.1, strength *= 0.46) {
      const folded = Math.abs(noise(x * scale + layer * 13.7, layer * 7.3 + octave * 3.1))
      height += strength * (1 - 2.4 * folded)
    }
    return 0.2 + 0.75 * height + 0.35 * noise(x * 0.45, layer * 5.1 + 40)
  }

const hills =
  (noise: Noise): Profile =>
  (x, layer) =>
    0.5 + 0.75 * sumOctaves(noise, x * 1.05 + layer * 11.3, layer * 6.7, 3)

/** Mostly nothing, here and there a low rocky back. */
const islands = (noise: Noise): Profile => {
  const rock = mountains(noise)
  return (x, layer) => {
    const base = noise(x * 0.7 + layer * 9.7, layer * 4.3 + 20) - 0.17
    return base * (base < 0 ? 1 : 1.2 + 0.9 * rock(x * 1.6, layer))
  }
}

/** How the land of each kind rises. */
export const PROFILES = { mountains, hills, islands }

/** Width of the ground that a conifer has, in units of the landscape. */
const TREE_SPACING = 0.013

/** How far conifers rise above the ridge at `x`, in units: a saw of narrow triangles. */
export function treeHeight(x: number, base: number, noise: Noise): number {
  // Clearings: no trees where this is low.
  const growth = clamp01(0.62 + 1.6 * noise(x * 1.7 + 60, 3.3))
  const cell = Math.floor(x / TREE_SPACING)
  let highest = 0
  for (let near = cell - 1; near <= cell + 1; near++) {
    const random = createCellRandom(base, 0, near)
    const centre = (near + 0.25 + 0.5 * random()) * TREE_SPACING
    const tall = growth * (0.018 + 0.05 * random())
    const away = Math.abs(x - centre) / (TREE_SPACING * (0.5 + 0.4 * random()))
    // Steps along the edge: branches.
    const jag = 0.09 * ((away * 5) % 1)
    highest = Math.max(highest, tall * (1 - away + jag * (away < 1 ? 1 : 0)))
  }
  return highest
}
