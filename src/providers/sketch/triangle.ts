import { blendAt, type Canvas, clamp01, type Colour } from './rgb.ts'

/** Pixels; x to the right, y down; whole numbers are pixel corners. */
export type Point = readonly [x: number, y: number]

/** Where the line from `a` to `b` is at height `y`; for level lines any of its points. */
const crossing = (a: Point, b: Point, y: number): number =>
  a[0] + (b[0] - a[0]) * ((y - a[1]) / (b[1] - a[1] || 1))

/** Fills the pixels whose centre lies inside. Triangles that share an edge leave no gap. */
export function fillTriangle(canvas: Canvas, corners: Point[], colour: Colour): void {
  const { data, width, height } = canvas
  const [top, middle, bottom] = corners.toSorted((a, b) => a[1] - b[1])
  if (!top || !middle || !bottom) return
  const first = Math.max(0, Math.ceil(top[1] - 0.5))
  const last = Math.min(height - 1, Math.ceil(bottom[1] - 0.5) - 1)
  for (let y = first; y <= last; y++) {
    const centre = y + 0.5
    const long = crossing(top, bottom, centre)
    const short =
      centre < middle[1] ? crossing(top, middle, centre) : crossing(middle, bottom, centre)
    const from = Math.max(0, Math.ceil(Math.min(long, short) - 0.5))
    const to = Math.min(width, Math.ceil(Math.max(long, short) - 0.5))
    for (let x = from, at = (y * width + from) * 3; x < to; x++, at += 3) {
      data[at] = colour[0]
      data[at + 1] = colour[1]
      data[at + 2] = colour[2]
    }
  }
}

/**
 * Smooths the step between two filled triangles along their common edge:
 * pixels that it crosses get both colours by their share.
 *
 * @param right the colour right of the way from `from` to `to`; `left` the other one.
 */
export function drawEdge(canvas: Canvas, from: Point, to: Point, right: Colour, left: Colour) {
  const steep = Math.abs(to[1] - from[1]) > Math.abs(to[0] - from[0])
  // Walk along the longer axis (0 = x, 1 = y), one pixel at a time; the other axis is the offset.
  const walk = steep ? 1 : 0
  const other = steep ? 0 : 1
  const forwards = to[walk] > from[walk]
  const [start, end] = forwards ? [from, to] : [to, from]
  const slope = (end[other] - start[other]) / (end[walk] - start[walk] || 1)
  // On screens y grows downwards: going right, the right hand points down (a larger offset).
  const rightIsFar = steep ? !forwards : forwards
  const [near, far] = rightIsFar ? [left, right] : [right, left]
  const softness = 1 + Math.abs(slope)
  const limit = [canvas.width, canvas.height] as const
  const first = Math.max(0, Math.ceil(start[walk] - 0.5))
  const last = Math.min(limit[walk] - 1, Math.ceil(end[walk] - 0.5) - 1)
  for (let along = first; along <= last; along++) {
    const offset = start[other] + slope * (along + 0.5 - start[walk])
    const middle = Math.floor(offset)
    for (let across = middle - 1; across <= middle + 1; across++) {
      if (across < 0 || across >= limit[other]) continue
      const beyond = clamp01((across + 0.5 - offset) / softness + 0.5)
      const at = (steep ? along * canvas.width + across : across * canvas.width + along) * 3
      if (beyond === 0 || beyond === 1) continue
      blendAt(canvas.data, at, near, 1)
      blendAt(canvas.data, at, far, beyond)
    }
  }
}
