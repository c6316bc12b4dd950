import { drawMesh } from './mesh.ts'
import { colourAt } from './palette.ts'
import { createCellRandom, pickBase, pickBetween, pickInteger } from './random.ts'
import { type Canvas, type Colour, mix } from './rgb.ts'
import { type Scene } from './scene.ts'
import { type Point } from './triangle.ts'

/** A crumpled sheet: points of a jittered grid with a height each. Units: shorter side = 1. */
interface Sheet {
  columns: number
  rows: number
  x: Float32Array
  y: Float32Array
  /** Towards the viewer, about -1..1. */
  height: Float32Array
  cell: number
}

const WHITE: Colour = [255, 255, 255]
const BLACK: Colour = [0, 0, 0]

function createSheet(canvas: Canvas, scene: Scene): Sheet {
  const { random, noise } = scene
  const shorter = Math.min(canvas.width, canvas.height)
  const cell = 1 / pickInteger(random, 6, 9)
  const columns = Math.ceil(canvas.width / shorter / cell) + 3
  const rows = Math.ceil(canvas.height / shorter / cell) + 3
  const drift = random() * 40
  const base = pickBase(random)
  const sheet: Sheet = {
    columns,
    rows,
    x: new Float32Array(columns * rows),
    y: new Float32Array(columns * rows),
    height: new Float32Array(columns * rows),
    cell,
  }
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const jitter = createCellRandom(base, row, column)
      const shift = (row & 1) / 2
      const x = (column - 1 + shift + pickBetween(jitter, -0.34, 0.34)) * cell
      const y = (row - 1 + pickBetween(jitter, -0.34, 0.34)) * cell
      sheet.x[at] = x
      sheet.y[at] = y
      sheet.height[at] = noise(x * 2.1 + drift, y * 2.1) + 0.45 * noise(x * 5.3, y * 5.3 + drift)
    }
  }
  return sheet
}

/** The sheet's triangles as three grid points each; odd rows are shifted, so diagonals turn. */
function* triangles({ columns, rows }: Sheet): Generator<[number, number, number]> {
  for (let row = 0; row < rows - 1; row++) {
    for (let column = 0; column < columns - 1; column++) {
      const at = row * columns + column
      const below = at + columns
      if (row & 1) {
        yield [at, at + 1, below + 1]
        yield [at, below + 1, below]
      } else {
        yield [at, at + 1, below]
        yield [at + 1, below + 1, below]
      }
    }
  }
}

/** Which way a triangle faces the light from the upper left: -1 away, 1 towards. */
function facing(sheet: Sheet, a: number, b: number, c: number): number {
  const { x, y, height, cell } = sheet
  const ux = x[b]! - x[a]!
  const uy = y[b]! - y[a]!
  const uz = height[b]! - height[a]!
  const vx = x[c]! - x[a]!
  const vy = y[c]! - y[a]!
  const vz = height[c]! - height[a]!
  const area = Math.abs(ux * vy - uy * vx) + cell * cell * 0.1
  const slopeX = (uz * vy - vz * uy) / area
  const slopeY = (vz * ux - uz * vx) / area
  return Math.max(-1, Math.min(1, (slopeX * 0.75 + slopeY * 0.65) * 0.3))
}

/** Colours run along one direction through the picture, brightest around a point of light. */
function createShade(canvas: Canvas, scene: Scene, sheet: Sheet) {
  const { random, palette } = scene
  const shorter = Math.min(canvas.width, canvas.height)
  const wide = canvas.width / shorter
  const high = canvas.height / shorter
  const lightX = wide * pickBetween(random, 0.3, 0.7)
  const lightY = high * pickBetween(random, 0.25, 0.6)
  // As far as the picture's corner: at every ratio the whole palette is used.
  const reach = 0.62 * Math.sqrt(wide * wide + high * high)
  return (a: number, b: number, c: number): Colour => {
    const dx = (sheet.x[a]! + sheet.x[b]! + sheet.x[c]!) / 3 - lightX
    const dy = (sheet.y[a]! + sheet.y[b]! + sheet.y[c]!) / 3 - lightY
    const raised = (sheet.height[a]! + sheet.height[b]! + sheet.height[c]!) / 3
    const lit = facing(sheet, a, b, c)
    const depth = Math.sqrt(dx * dx + dy * dy) / reach
    const base = colourAt(palette, 0.86 - 0.72 * depth + 0.3 * raised + 0.16 * lit)
    return lit > 0 ? mix(base, WHITE, lit * 0.22) : mix(base, BLACK, -lit * 0.3)
  }
}

/** A sheet of lit triangles, as cut glass or folded paper. */
export function drawFacets(canvas: Canvas, scene: Scene): void {
  const sheet = createSheet(canvas, scene)
  const shade = createShade(canvas, scene, sheet)
  const shorter = Math.min(canvas.width, canvas.height)
  const points = Array.from(sheet.x, (x, at): Point => [x * shorter, sheet.y[at]! * shorter])
  const faces = Array.from(triangles(sheet), (corners) => ({ corners, colour: shade(...corners) }))
  drawMesh(canvas, points, faces)
}
