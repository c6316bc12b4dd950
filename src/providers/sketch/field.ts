/** A smooth function of the picture's pixels, sampled on a coarser grid. */
export interface Field {
  values: Float32Array
  columns: number
  /** Pixels between two samples. */
  step: number
}

/**
 * Most samples of one field: what noise costs is bounded by this, not by the
 * picture. 512 x 512 leaves 2 pixels per sample at 1024 x 1024.
 */
const MAX_SAMPLES = 512 * 512

/** Samples `at(x, y)`, coordinates in pixels; at most about `MAX_SAMPLES` calls. */
export function sampleField(
  width: number,
  height: number,
  at: (x: number, y: number) => number,
): Field {
  const step = Math.max(1, Math.sqrt((width * height) / MAX_SAMPLES))
  const columns = Math.ceil(width / step) + 2
  const length = columns * (Math.ceil(height / step) + 2)
  const values = Float32Array.from({ length }, (_, index) =>
    at((index % columns) * step, Math.floor(index / columns) * step),
  )
  return { values, columns, step }
}

/** Fills `out` with the field along pixel row `y`, linear between samples. */
export function readFieldRow(field: Field, y: number, out: Float32Array): void {
  const { values, columns, step } = field
  const row = Math.floor(y / step)
  const down = y / step - row
  const upper = row * columns
  const perPixel = 1 / step
  for (let x = 0; x < out.length; x++) {
    const along = x * perPixel
    const column = along | 0
    const at = upper + column
    const right = along - column
    const top = values[at]! + (values[at + 1]! - values[at]!) * right
    const below = at + columns
    const bottom = values[below]! + (values[below + 1]! - values[below]!) * right
    out[x] = top + (bottom - top) * down
  }
}
