import type { PriceLine } from './price.ts'
import type { OutputFormat } from './request.ts'

export interface Bounds {
  min: number
  max: number
}

/** What sizes a model draws. `ratio` models take ratios only; `pixels` says what each gives. */
export type SizeRule =
  | {
      mode: 'free'
      /** Pixels. */
      minSide: number
      maxSide: number
      multiple: number
      /** Longest allowed long:short side. */
      maxRatio: number
      maxPixels: number | null
      /** What `auto` and a missing size give; null = the upstream chooses. */
      default: string | null
      /** The largest that `auto` and a missing size may give, where that is not `default`. */
      largest?: string | undefined
    }
  | { mode: 'list'; sizes: string[]; auto: boolean; default: string | null }
  | { mode: 'ratio'; default: string | null; pixels: Record<string, string> }

/**
 * What one model at one upstream can do, as data. A parameter that is `false` or absent is not
 * understood; what happens then is the parameter policy's business (`gateway.params`).
 */
export interface Capabilities {
  operations: ('generate' | 'edit')[]
  /** Longest prompt in characters. */
  promptMax: number
  /** Images per upstream call, at least 1. */
  countMax: number
  size: SizeRule
  /** Ratios such as `16:9`, or `derive`: the size follows from the ratio. */
  aspect: string[] | 'derive' | false
  quality: string[] | false
  style: string[] | false
  background: ('transparent' | 'opaque' | 'auto')[] | false
  formats: OutputFormat[]
  /** 0..100, for jpeg and webp. */
  compression: boolean
  moderation: string[] | false
  seed: Bounds | false
  steps: Bounds | false
  guidance: Bounds | false
  negativePrompt: boolean
  inputs: { max: number } | false
  mask: boolean
  inputFidelity: ('high' | 'low')[] | false
  partials: boolean
  endUser: boolean
  /** Further options of its provider, by the names of `providerOptions`; missing = none. */
  own?: string[]
}

/**
 * Most tokens that one image takes; what is reserved at prices per token is made from these. The prompt
 * takes at most one for each byte.
 */
export interface TokenBounds {
  /** Of each input; `imageInHigh` is for `input_fidelity` high. */
  imageIn: number
  imageInHigh?: number | undefined
  textOut: number
  /**
   * `axis`: by quality, OpenAI's factor of the longer side. `table`: by size, then by quality. A quality
   * or size that is not there counts as the dearest.
   */
  imageOut:
    | number
    | { axis: Record<string, number> }
    | { table: Record<string, Record<string, number>> }
  source?: string | undefined
}

/** A model at an upstream with a credential. Lowest priority number first, then by weight. */
export interface Route {
  upstream: string
  /** The upstream's own name of the model. */
  model: string
  priority: number
  weight: number
}

export interface Model {
  /** Public name. */
  id: string
  ownedBy: string
  /** Unix seconds of publication, as `/v1/models` shows it. */
  created: number
  status: 'active' | 'retired'
  /** The living model that answers for a retired one. */
  replacement: string | null
  aliases: string[]
  capabilities: Capabilities
  routes: Route[]
  /** Null = unpriced: refused for tenants with a balance, never counted as 0. */
  price: PriceLine[] | null
  /** Known where the price is per token. */
  tokens: TokenBounds | null
  /** Usual seconds until an image is there, and the longest that one upstream call may take. */
  timing: { usualSeconds: number; timeoutSeconds: number }
  hidden: boolean
}

/** An account or server that can be called. */
export interface Upstream {
  id: string
  /** Name of the code that speaks to it. */
  provider: string
  /** Environment variable that switches it on; null = always on. */
  secret: string | null
  /** Where its API begins, without trailing slash, such as `https://api.openai.com/v1`; empty = not called. */
  baseUrl: string
  /** How `secret` is presented. */
  auth: 'bearer' | 'none'
  /** Calling twice costs nothing and gives the same image, so that a lost call may always be repeated. */
  repeatable: boolean
}
