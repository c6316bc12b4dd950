import { drawMesh, type Face } from './mesh.ts'
import { colourAt } from './palette.ts'
import { createCellRandom, pickBase, pickBetween } from './random.ts'
import { type Canvas, type Colour, mix, smoothstep } from './rgb.ts'
import { type Scene } from './scene.ts'
import { type Point } from './triangle.ts'

/** Height of a triangle of the lattice whose sides are 1. */
const HALF_WIDTH = Math.sqrt(3) / 2

/** The lattice points around a cube's middle, clockwise from the one above. */
const AROUND = [
  [0, -1],
  [1, -1],
  [1, 0],
  [0, 1],
  [-1, 1],
  [-1, 0],
] as const

/** Which side (0 top, 1 right, 2 left) lies between each of those points and the next. */
const SIDES = [0, 1, 1, 2, 2, 0] as const

/** The shades of a cube's top, right and left side; `light` 0..1 lifts all three. */
function shadesOf(scene: Scene, tone: number, light: number): [Colour, Colour, Colour] {
  const { palette } = scene
  return [
    mix(colourAt(palette, tone + 0.24 + 0.1 * light), palette[7]!, 0.25 * light),
    colourAt(palette, tone + 0.04 + 0.08 * light),
    colourAt(palette, tone - 0.16 + 0.05 * light),
  ]
}

/** Stacked cubes seen from a corner: the longest rows in the picture's upright direction. */
export function drawCubes(canvas: Canvas, scene: Scene): void {
  const { random } = scene
  const { width, height } = canvas
  const shorter = Math.min(width, height)
  const edge = shorter / pickBetween(random, 4.4, 6.5)
  const base = pickBase(random)
  const light: Point = [width * pickBetween(random, 0.35, 0.65), height * 0.42]
  const reach = 0.75 * Math.max(width, height)
  const points: Point[] = []
  const faces: Face[] = []
  const known = new Map<string, number>()
  // Lattice point (0, 0) is the picture's middle; columns lean, so rows are counted per column.
  const place = (q: number, r: number): Point => [
    width / 2 + q * HALF_WIDTH * edge,
    height / 2 + (r + q / 2) * edge,
  ]
  const pointAt = (q: number, r: number): number => {
    const key = `${q},${r}`
    const at = known.get(key) ?? points.push(place(q, r)) - 1
    known.set(key, at)
    return at
  }
  const addCube = (q: number, r: number): void => {
    const [x, y] = place(q, r)
    const chance = createCellRandom(base, q + 5_000, r + 5_000)
    const far = Math.sqrt((x - light[0]) ** 2 + (y - light[1]) ** 2) / reach
    const accent = chance() < 0.16 ? 0.26 : 0
    const tone = 0.36 - 0.14 * far + accent + pickBetween(chance, -0.05, 0.05)
    const shades = shadesOf(scene, tone, 1 - smoothstep(0, 1, far))
    AROUND.forEach(([dq, dr], side) => {
      const [nextQ, nextR] = AROUND[(side + 1) % 6]!
      const corners = [
        pointAt(q, r),
        pointAt(q + dq, r + dr),
        pointAt(q + nextQ, r + nextR),
      ] as const
      faces.push({ corners, colour: shades[SIDES[side]!] })
    })
  }
  const columns = Math.ceil(width / 2 / (HALF_WIDTH * edge)) + 1
  const rows = Math.ceil(height / 2 / edge) + 1
  for (let q = -columns; q <= columns; q++) {
    const middle = -Math.round(q / 2)
    for (let r = middle - rows; r <= middle + rows; r++) {
      // Every third point of the lattice is a cube's middle.
      if ((((q - r) % 3) + 3) % 3 === 0) addCube(q, r)
    }
  }
  drawMesh(canvas, points, faces)
}
