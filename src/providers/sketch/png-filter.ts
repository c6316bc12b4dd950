import { type Rgb } from './rgb.ts'

/** Filter types of PNG (third edition) section 9.2. */
const SUB = 1
const UP = 2
const PAETH = 4

/** Bytes from one pixel to the same channel of the next. */
const PIXEL = 3

/** Every 11th byte is looked at to choose a filter: enough to rank them, and all channels occur. */
const SAMPLE_EVERY = 11

/** Of left, up and upper left, the one nearest to left + up - upper left: section 9.4. */
function paeth(left: number, up: number, upLeft: number): number {
  const toLeft = Math.abs(up - upLeft)
  const toUp = Math.abs(left - upLeft)
  const toUpLeft = Math.abs(left + up - 2 * upLeft)
  if (toLeft <= toUp && toLeft <= toUpLeft) return left
  return toUp <= toUpLeft ? up : upLeft
}

/** The filter with the smallest sum of differences, section 12.7, estimated from a sample. */
function chooseFilter(data: Uint8Array, start: number, stride: number): number {
  let sub = 0
  let up = 0
  let both = 0
  for (let at = start + PIXEL; at < start + stride; at += SAMPLE_EVERY) {
    const value = data[at]!
    const left = data[at - PIXEL]!
    const above = data[at - stride]!
    sub += Math.abs(value - left)
    up += Math.abs(value - above)
    both += Math.abs(value - paeth(left, above, data[at - stride - PIXEL]!))
  }
  if (both < sub && both < up) return PAETH
  return sub < up ? SUB : UP
}

function writeSub(data: Uint8Array, start: number, stride: number, out: Uint8Array, to: number) {
  for (let i = 0; i < PIXEL; i++) out[to + i] = data[start + i]!
  for (let i = PIXEL; i < stride; i++) out[to + i] = data[start + i]! - data[start + i - PIXEL]!
}

function writeUp(data: Uint8Array, start: number, stride: number, out: Uint8Array, to: number) {
  const above = start - stride
  for (let i = 0; i < stride; i++) out[to + i] = data[start + i]! - data[above + i]!
}

function writePaeth(data: Uint8Array, start: number, stride: number, out: Uint8Array, to: number) {
  const above = start - stride
  for (let i = 0; i < PIXEL; i++) out[to + i] = data[start + i]! - data[above + i]!
  for (let i = PIXEL; i < stride; i++) {
    const left = data[start + i - PIXEL]!
    out[to + i] = data[start + i]! - paeth(left, data[above + i]!, data[above + i - PIXEL]!)
  }
}

/** The rows as PNG deflates them: a byte that names the filter, then the filtered row. */
export function filterRows({ data, width, height }: Rgb): Uint8Array {
  const stride = width * PIXEL
  const filtered = new Uint8Array((stride + 1) * height)
  for (let y = 0; y < height; y++) {
    const start = y * stride
    const to = y * (stride + 1)
    // The row above the first one counts as zeros; Sub needs no row above.
    const filter = y === 0 ? SUB : chooseFilter(data, start, stride)
    filtered[to] = filter
    if (filter === SUB) writeSub(data, start, stride, filtered, to + 1)
    else if (filter === UP) writeUp(data, start, stride, filtered, to + 1)
    else writePaeth(data, start, stride, filtered, to + 1)
  }
  return filtered
}
