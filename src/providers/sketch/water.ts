import { type Landscape } from './landscape.ts'
import { type Canvas, clamp01, mix, smoothstep } from './rgb.ts'
import { type Scene } from './scene.ts'

/** Samples of a wave per unit along a row; the narrowest ones, at the shore, are about five of them wide. */
const SAMPLES_PER_UNIT = 300

/**
 * Waves on a plane seen at an angle, long across, short towards the viewer.
 * What it returns fills `out` with the row that lies `down` rows below the
 * shore, about -1..1; straight between samples.
 */
function createWaves(canvas: Canvas, { noise }: Scene, unit: number, rows: number) {
  const step = Math.max(1, Math.floor(unit / SAMPLES_PER_UNIT))
  const at = (x: number, away: number): number => {
    const across = ((x - canvas.width / 2) / unit) * away
    return noise(across * 1.3 + 9, away * 5.5) + 0.6 * noise(across * 3.1, away * 13 + 7)
  }
  return (down: number, out: Float32Array): void => {
    // Distance grows towards the horizon; 0.05 keeps it finite there.
    const away = 1 / (down / rows + 0.05)
    let next = at(0, away)
    for (let x = 0; x < out.length; x += step) {
      const here = next
      next = at(x + step, away)
      for (let i = 0; i < step; i++) out[x + i] = here + ((next - here) * i) / step
    }
  }
}

/**
 * Everything below the shore: the picture above it upside down, moved by waves,
 * darker towards the viewer, and a path of glints below the sun.
 */
export function drawWater(canvas: Canvas, scene: Scene, land: Landscape): void {
  const { data, width, height } = canvas
  const { shore, unit, sun, night } = land
  const swell = (land.terrain === 'islands' ? 0.075 : 0.035) * unit
  const rows = height - shore
  const waves = createWaves(canvas, scene, unit, Math.min(rows, unit * 0.5))
  const deep = mix(scene.palette[1]!, scene.palette[0]!, night ? 0.7 : 0.2)
  // Water takes the lights' own hue on: white reflects warm below a golden sky.
  const tint = mix([1, 1, 1], mix([0, 0, 0], scene.palette[5]!, 1 / 255), 0.6)
  const crest = scene.palette[night ? 3 : 6]!
  const row = new Float32Array(width)
  for (let y = shore; y < height; y++) {
    const down = y + 0.5 - shore
    waves(down, row)
    const depth = Math.min(1, down / Math.min(rows, unit * 0.5))
    const keep = 0.95 - 0.4 * depth
    // The sun's path: as wide as the sun at the shore, three times that near the viewer.
    const path = sun.radius * (0.7 + 2.6 * depth)
    for (let x = 0, at = y * width * 3; x < width; x++, at += 3) {
      const wave = row[x]!
      const moved = shore - 1 - down * 0.95 + wave * (0.004 * unit + swell * depth)
      const upper = Math.max(0, Math.min(shore - 2, Math.floor(moved)))
      const part = clamp01(moved - upper)
      const from = (upper * width + x) * 3
      const below = from + width * 3
      const offset = (x + 0.5 - sun.x) / path
      const glint =
        smoothstep(0.05, 0.5, wave + 0.25) * (1 / (1 + offset * offset * offset * offset))
      const shine = clamp01(glint * (night ? 0.45 : 0.8))
      const light = 0.22 * smoothstep(0.1, 0.8, wave)
      for (let channel = 0; channel < 3; channel++) {
        const above = data[from + channel]!
        const mirrored = (above + (data[below + channel]! - above) * part) * tint[channel]!
        const seen = deep[channel]! + (mirrored - deep[channel]!) * keep
        const lit = seen + (crest[channel]! - seen) * light
        data[at + channel] = lit + (sun.colour[channel]! - lit) * shine
      }
    }
  }
}
