import { readFieldRow, sampleField } from './field.ts'
import { type Landscape } from './landscape.ts'
import { sumOctaves } from './noise.ts'
import { colourAt } from './palette.ts'
import { type Canvas, clamp01, type Colour, drawDisc, mix, smoothstep } from './rgb.ts'
import { type Scene } from './scene.ts'

const BLACK: Colour = [0, 0, 0]

/** The sky's colours from the zenith to the horizon. */
export function skyColours({ palette }: Scene, night: boolean): Colour[] {
  return night
    ? [mix(palette[0]!, BLACK, 0.5), ...palette.slice(0, 4)]
    : [...palette.slice(2, 7), mix(palette[6]!, palette[7]!, 0.5)]
}

/** How thick the clouds are, about -1..1: a flat layer seen from below, closer together far away. */
function sampleClouds(canvas: Canvas, scene: Scene, land: Landscape) {
  const drift = scene.random() * 60
  const { unit, horizon } = land
  return sampleField(canvas.width, land.horizon, (x, y) => {
    const away = 1 / ((horizon - y) / unit + 0.22)
    const across = ((x - canvas.width / 2) / unit) * away
    return sumOctaves(scene.noise, across * 0.75 + drift, away * 1.7 + drift, 5)
  })
}

/** How much of the sun's light reaches a pixel, 0..1; `square` is the distance squared. */
const glow = (square: number, radius: number): number => {
  const r2 = radius * radius
  return 0.66 * (r2 / (square + r2)) + 0.26 * ((r2 * 14) / (square + r2 * 14))
}

/** Gradient, light around the sun, clouds: everything above the horizon. */
function drawAir(canvas: Canvas, scene: Scene, land: Landscape): void {
  const { data, width } = canvas
  const { sun, horizon, night, unit } = land
  const colours = skyColours(scene, night)
  const clouds = sampleClouds(canvas, scene, land)
  const thickness = new Float32Array(width)
  const shade = night
    ? mix(scene.palette[1]!, scene.palette[2]!, 0.5)
    : mix(scene.palette[2]!, scene.palette[3]!, 0.6)
  const bright = night ? scene.palette[3]! : mix(scene.palette[7]!, sun.colour, 0.5)
  const halo = night ? 0.5 : 0.95
  for (let y = 0, at = 0; y < horizon; y++) {
    readFieldRow(clouds, y, thickness)
    const air = colourAt(colours, y / horizon)
    const dy = y + 0.5 - sun.y
    // Clouds thin out right above the horizon, where they would be finer than a pixel.
    const cover = (night ? 0.5 : 0.72) * smoothstep(0, 0.09, (horizon - y) / unit)
    for (let x = 0; x < width; x++, at += 3) {
      const dx = x + 0.5 - sun.x
      const light = halo * glow(dx * dx + dy * dy, sun.radius)
      const thick = thickness[x]!
      const hidden = cover * smoothstep(0, 0.55, thick)
      // Thin parts and those near the sun shine, thick ones far away are in shade.
      const lit = clamp01(0.9 - thick * 1.1 + light * 0.9)
      for (let channel = 0; channel < 3; channel++) {
        const clear = air[channel]! + (sun.colour[channel]! - air[channel]!) * light
        const cloud = shade[channel]! + (bright[channel]! - shade[channel]!) * lit
        data[at + channel] = clear + (cloud - clear) * hidden
      }
    }
  }
}

function drawStars(canvas: Canvas, scene: Scene, land: Landscape): void {
  const { random } = scene
  for (let star = 0; star < 240; star++) {
    const x = random() * canvas.width
    const y = random() * land.horizon * 0.95
    const size = random() ** 3
    const faint = 1 - y / land.horizon
    const radius = ((0.5 + 1.2 * size) * land.unit) / 1024
    drawDisc(canvas, { x, y, radius }, [255, 252, 244], (0.35 + 0.6 * size) * (0.3 + 0.7 * faint))
  }
}

/** Darker spots, so that the moon is not a hole in the sky. */
function drawMoonSpots(canvas: Canvas, scene: Scene, land: Landscape): void {
  const { x, y, radius, colour } = land.sun
  const grey = mix(colour, scene.palette[4]!, 0.5)
  for (const [dx, dy, size] of [
    [-0.35, -0.2, 0.26],
    [0.15, -0.45, 0.16],
    [0.05, 0.2, 0.3],
    [-0.3, 0.45, 0.13],
    [0.5, 0.1, 0.15],
  ] as const) {
    drawDisc(canvas, { x: x + dx * radius, y: y + dy * radius, radius: size * radius }, grey, 0.4)
  }
}

/** Everything above the horizon but the sun or moon itself. */
export function drawSky(canvas: Canvas, scene: Scene, land: Landscape): void {
  drawAir(canvas, scene, land)
  if (land.night) drawStars(canvas, scene, land)
}

export function drawSun(canvas: Canvas, scene: Scene, land: Landscape): void {
  drawDisc(canvas, land.sun, land.sun.colour, 1)
  if (land.night) drawMoonSpots(canvas, scene, land)
}
