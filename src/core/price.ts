import type { Micros } from './money.ts'

/** Kinds of tokens that vendors price apart. */
export type TokenKind =
  | 'text_in'
  | 'text_in_cached'
  | 'image_in'
  | 'image_in_cached'
  | 'image_out'
  | 'text_out'

/** What a line is for; a request that leaves a field to the upstream may turn out to be any of them. */
export interface Variant {
  /** Pixels, such as `1024x1024`. */
  size?: string | undefined
  quality?: string | undefined
  resolution?: string | undefined
}

/** Amounts are USD of at most six decimals. */
interface Line {
  when?: Variant | undefined
  /**
   * Lines of one day are one price, and the newest price that has begun holds (days of UTC). Without
   * it: since ever.
   */
  effective_from?: string | undefined
  source?: string | undefined
}

/** One line of a price. What an image costs is the sum of the lines, one of each unit and kind of token. */
export type PriceLine = Line &
  /** `input`: each image that is sent along. */
  (
    | { unit: 'image' | 'input'; usd: number }
    | {
        unit: 'megapixel'
        /** For a million pixels, or for each begun `block`. */
        usd: number
        /** Pixels; each begun block counts whole. */
        block?: number | undefined
        /** Blocks that cost nothing, because another line covers them. */
        above?: number | undefined
        /** Steps that are included; more of them cost in proportion. */
        steps?: number | undefined
      }
    /** `steps`: what an image takes when the request states none. */
    | { unit: 'step'; usd: number; steps: number }
    | { unit: 'token'; of: TokenKind; usd_per_million: number }
  )

/** A line as it holds for one request. */
export interface Rate {
  unit: Exclude<PriceLine['unit'], 'token'> | TokenKind
  /** For each `per` units, the multiplier not included. */
  micros: Micros
  per: number
  /** Largest quantity of one image. */
  most: number
  /** Quantity of one image when nobody tells it. */
  usual: number
  /** How the pixels of an image make the quantity; null = they do not matter. */
  pixels: PixelRule | null
}

export interface PixelRule {
  block: number
  above: number
  times: number
}

/** The price that a job is reserved and settled under, whatever the catalogue says later. */
export interface Price {
  effectiveFrom: string | null
  source: string | null
  /** The tenant's factor. */
  multiplier: number
  rates: Rate[]
  /** Most that all images together can be charged, multiplier included. */
  reserved: Micros
}

/** What costs nobody anything: test keys, and `sketch` in another's place. */
export const FREE: Price = {
  effectiveFrom: null,
  source: null,
  multiplier: 1,
  rates: [],
  reserved: 0,
}

/** A part of a charge; all of them make it. Megapixels may be fractions. */
export interface ChargeLine {
  unit: Rate['unit']
  quantity: number
  micros: Micros
}

/** What the end of a job costs. Null = unpriced. */
export interface Account {
  /** What the tenant pays: for stored images only, and never more than was reserved. */
  charge: Micros | null
  lines: ChargeLine[]
  /** What upstreams took, as far as they tell: all that they answered with, multiplier 1. */
  cost: Micros | null
}

export const countPixels = (pixels: number, { block, above, times }: PixelRule): number =>
  Math.max(0, Math.ceil(pixels / block) - above) * times
