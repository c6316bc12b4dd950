import { type Landscape } from './landscape.ts'
import { type Canvas, clamp01, mix, smoothstep } from './rgb.ts'
import { type Scene } from './scene.ts'

/** Waves on a plane seen at an angle: about -1..1, long across, short towards the viewer. */
function createWaves(canvas: Canvas, { noise }: Scene, unit: number, rows: number) {
  return (x: number, down: number): number => {
    // Distance grows towards the horizon; 0.05 keeps it finite there.
    const away = 1 / (down / rows + 0.05)
    const across = ((x - canvas.width / 2) / unit) * away
    return noise(across * 1.3 + 9, away * 5.5) + 0.6 * noise(across * 3.1, away * 13 + 7)
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
  for (let y = shore; y < height; y++) {
    const down = y + 0.5 - shore
    const depth = Math.min(1, down / Math.min(rows, unit * 0.5))
    const keep = 0.95 - 0.4 * depth
    // The sun's path: as wide as the sun at the shore, three times that near the viewer.
    const path = sun.radius * (0.7 + 2.6 * depth)
    for (let x = 0, at = y * width * 3; x < width; x++, at += 3) {
      const wave = waves(x, down)
      const moved = shore - 1 - down * 0.95 + wave * (0.004 * unit + swell * depth)
      const row = Math.max(0, Math.min(shore - 1, Math.round(moved)))
      const from = (row * width + x) * 3
      const offset = (x + 0.5 - sun.x) / path
      const glint =
        smoothstep(0.05, 0.5, wave + 0.25) * (1 / (1 + offset * offset * offset * offset))
      const shine = clamp01(glint * (night ? 0.45 : 0.8))
      const light = 0.22 * smoothstep(0.1, 0.8, wave)
      for (let channel = 0; channel < 3; channel++) {
        const seen =
          deep[channel]! + (data[from + channel]! * tint[channel]! - deep[channel]!) * keep
        const lit = seen + (crest[channel]! - seen) * light
        data[at + channel] = lit + (sun.colour[channel]! - lit) * shine
      }
    }
  }
}
