import { type Field, readFieldRow, sampleFields } from './field.ts'
import { sumOctaves } from './noise.ts'
import { createRamp, RAMP_SIZE } from './palette.ts'
import { pickBetween } from './random.ts'
import { type Canvas, clamp01, drawDisc, mix } from './rgb.ts'
import { type Scene } from './scene.ts'
import { mentions, wordSet } from './words.ts'

const STARRY = wordSet('space galaxy nebula cosmos cosmic universe planet star night aurora')

/** How far the warp bends the clouds, in lattice cells. */
const WARP = 1.9

/** Two fields: where a pixel stands in the palette, and its brightness (1 = as the palette). */
function sampleClouds(canvas: Canvas, scene: Scene): [hue: Field, light: Field] {
  const { noise, random } = scene
  const { width, height } = canvas
  const scale = pickBetween(random, 1.9, 2.7) / Math.min(width, height)
  const left = random() * 50
  const top = random() * 50
  return sampleFields(width, height, (px, py) => {
    const x = px * scale + left
    const y = py * scale + top
    const bendX = sumOctaves(noise, x, y, 2)
    const bendY = sumOctaves(noise, x + 5.2, y + 1.3, 2)
    const folded = sumOctaves(noise, x + WARP * bendX, y + WARP * bendY, 4)
    return [0.45 + 0.22 * bendX + 0.7 * folded, 0.8 + 0.55 * (bendX * bendX + bendY * bendY)]
  })
}

function drawClouds(canvas: Canvas, scene: Scene): void {
  const { data, width, height } = canvas
  const [hue, light] = sampleClouds(canvas, scene)
  const ramp = createRamp(scene.palette)
  const hues = new Float32Array(width)
  const lights = new Float32Array(width)
  for (let y = 0, at = 0; y < height; y++) {
    readFieldRow(hue, y, hues)
    readFieldRow(light, y, lights)
    for (let x = 0; x < width; x++, at += 3) {
      const entry = ((clamp01(hues[x]!) * (RAMP_SIZE - 1)) | 0) * 3
      data[at] = ramp[entry]! * lights[x]!
      data[at + 1] = ramp[entry + 1]! * lights[x]!
      data[at + 2] = ramp[entry + 2]! * lights[x]!
    }
  }
}

function drawStars(canvas: Canvas, scene: Scene): void {
  const { random, palette } = scene
  const pixel = Math.min(canvas.width, canvas.height) / 1024
  const white = mix(palette[7]!, [255, 255, 255], 0.7)
  for (let star = 0; star < 420; star++) {
    const x = random() * canvas.width
    const y = random() * canvas.height
    const size = random() ** 4
    drawDisc(canvas, { x, y, radius: (0.7 + 1.9 * size) * pixel }, white, 0.45 + 0.55 * size)
    if (size < 0.5) continue
    for (const glow of [3, 6, 11]) {
      drawDisc(canvas, { x, y, radius: glow * size * pixel * 1.6 }, white, 0.09)
    }
  }
}

/** Folded clouds of colour, with stars when the prompt is about the sky above the air. */
export function drawNebula(canvas: Canvas, scene: Scene): void {
  drawClouds(canvas, scene)
  if (mentions(scene.words, STARRY)) drawStars(canvas, scene)
}
