/**
 * What the transform below leaves in each row and column of a block, on top of
 * the scale that ITU-T T.81 A.3.3 asks for: cos(k pi / 16) * sqrt(2), 1 for k = 0.
 */
const FACTOR = [1, 1.387039845, 1.306562965, 1.175875602, 1, 0.785694958, 0.5411961, 0.275899379]

/** What to multiply transformed coefficients by: that scale and the divisors in one step. */
export const createScales = (divisors: Uint8Array): Float32Array =>
  Float32Array.from(
    divisors,
    (divisor, at) => 1 / (divisor * FACTOR[at >> 3]! * FACTOR[at & 7]! * 8),
  )

/** One row (step 1) or column (step 8) of eight values from `at`, in place. */
function transformLine(block: Float32Array, at: number, step: number): void {
  const at7 = at + 7 * step
  const sum0 = block[at]! + block[at7]!
  const difference0 = block[at]! - block[at7]!
  const sum1 = block[at + step]! + block[at7 - step]!
  const difference1 = block[at + step]! - block[at7 - step]!
  const sum2 = block[at + 2 * step]! + block[at7 - 2 * step]!
  const difference2 = block[at + 2 * step]! - block[at7 - 2 * step]!
  const sum3 = block[at + 3 * step]! + block[at7 - 3 * step]!
  const difference3 = block[at + 3 * step]! - block[at7 - 3 * step]!

  const outer = sum0 + sum3
  const inner = sum1 + sum2
  const outerLess = sum0 - sum3
  const rotated = (sum1 - sum2 + outerLess) * Math.SQRT1_2
  block[at] = outer + inner
  block[at + 4 * step] = outer - inner
  block[at + 2 * step] = outerLess + rotated
  block[at + 6 * step] = outerLess - rotated

  const odd0 = difference3 + difference2
  const odd1 = (difference2 + difference1) * Math.SQRT1_2
  const odd2 = difference1 + difference0
  const shared = (odd0 - odd2) * 0.382683433
  const low = 0.5411961 * odd0 + shared
  const high = 1.306562965 * odd2 + shared
  const plus = difference0 + odd1
  const minus = difference0 - odd1
  block[at + 5 * step] = minus + low
  block[at + 3 * step] = minus - low
  block[at + step] = plus + high
  block[at7] = plus - high
}

/**
 * Forward cosine transform of 8 x 8 values, in place, up to `createScales`: five
 * multiplications per line, after Arai, Agui and Nakajima (1988).
 */
export function transformBlock(block: Float32Array): void {
  for (let row = 0; row < 64; row += 8) transformLine(block, row, 1)
  for (let column = 0; column < 8; column++) transformLine(block, column, 8)
}
