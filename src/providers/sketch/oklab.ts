import { clamp01, type Colour } from './rgb.ts'

/** Lightness 0..1 and the two colour axes of OKLab (https://bottosson.github.io/posts/oklab/). */
export type Lab = readonly [lightness: number, a: number, b: number]

/**
 * Lightness, chroma and hue (in turns, 0..1) as OKLab.
 *
 * Sine and cosine are V8's own port of fdlibm: the same on every machine, but
 * not promised to be the same in every version. A byte is coarse enough to hide
 * a change in the last bit; the pinned pictures in the tests would show the rest.
 */
export const fromHue = (lightness: number, chroma: number, turns: number): Lab => [
  lightness,
  chroma * Math.cos(turns * 2 * Math.PI),
  chroma * Math.sin(turns * 2 * Math.PI),
]

/** Linear-light sRGB, 0..1 where a screen can show the colour. */
function toLinear([lightness, a, b]: Lab): Colour {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
}

/** IEC 61966-2-1, to 0..255. */
function encodeChannel(linear: number): number {
  const value = clamp01(linear)
  return 255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055)
}

/** Whether a screen can show it, up to a rounding error. */
const isShowable = (linear: Colour): boolean =>
  linear.every((channel) => channel >= -0.001 && channel <= 1.001)

/** As sRGB; a colour outside is made paler, not darker or of another hue, until it fits. */
export function toSrgb([lightness, a, b]: Lab): Colour {
  let linear = toLinear([lightness, a, b])
  // 3 % paler each time; 120 steps leave less than 3 % of any chroma.
  for (let keep = 0.97, step = 0; step < 120 && !isShowable(linear); step++, keep *= 0.97) {
    linear = toLinear([lightness, a * keep, b * keep])
  }
  return [encodeChannel(linear[0]), encodeChannel(linear[1]), encodeChannel(linear[2])]
}
