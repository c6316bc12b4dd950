import type { Capabilities, Model, Route } from '../../core/model.ts'
import type { PriceLine } from '../../core/price.ts'

/** Understands a prompt and nothing else; families lay their differences over it. */
export const PROMPT_ONLY: Capabilities = {
  operations: ['generate'],
  promptMax: 32_000,
  countMax: 1,
  size: { mode: 'list', sizes: ['1024x1024'], auto: false, default: '1024x1024' },
  aspect: false,
  quality: false,
  style: false,
  background: false,
  // The first format is what a request without one gets.
  formats: ['png'],
  compression: false,
  moderation: false,
  seed: false,
  steps: false,
  guidance: false,
  negativePrompt: false,
  inputs: false,
  mask: false,
  inputFidelity: false,
  partials: false,
  endUser: false,
}

/** Any size of sides within these, pixels. */
export const sides = (minSide: number, maxSide: number): Pick<Capabilities, 'size' | 'aspect'> => ({
  size: {
    mode: 'free',
    minSide,
    maxSide,
    multiple: 1,
    maxRatio: maxSide / minSide,
    maxPixels: null,
    default: null,
  },
  aspect: 'derive',
})

/**
 * The keys of a `ratio` rule: `16:9` without a tier, `16:9@2K` with one, whose sides are `factor` times as
 * long, in multiples of `multiple`: rounded down, as two megapixels are not to cost three.
 */
export function tiers(
  usual: Record<string, string>,
  factors: Record<string, number>,
  multiple = 1,
): Record<string, string> {
  const pixels = { ...usual }
  for (const [tier, factor] of Object.entries(factors))
    for (const [ratio, text] of Object.entries(usual)) {
      const [width, height] = text
        .split('x')
        .map((side) => Math.floor((Number(side) * factor) / multiple) * multiple)
      pixels[`${ratio}@${tier}`] = `${width}x${height}`
    }
  return pixels
}

/** Largest seed where a vendor states none: integers stay exact in JSON. */
export const MAX_SEED = Number.MAX_SAFE_INTEGER

/** Unix seconds at which a day begins in UTC. */
export const day = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 1000

/** Lines of one price, with the page that states them and the first day on which it did. */
export const priced =
  (source: string, effective_from: string) =>
  (...lines: PriceLine[]): PriceLine[] =>
    lines.map((line) => ({ ...line, effective_from, source }))

export const perImage = (usd: number): PriceLine => ({ unit: 'image', usd })

export const route = (upstream: string, model: string): Route => ({
  upstream,
  model,
  priority: 1,
  weight: 1,
})

type Living = Pick<Model, 'id' | 'ownedBy' | 'created' | 'capabilities' | 'routes' | 'price'> &
  Partial<Pick<Model, 'aliases' | 'hidden' | 'timing' | 'tokens'>>

/** A model that answers for itself. Without measured times: 30 s usual, 600 s at most. */
export const living = (model: Living): Model => ({
  status: 'active',
  replacement: null,
  aliases: [],
  tokens: null,
  timing: { usualSeconds: 30, timeoutSeconds: 600 },
  hidden: false,
  ...model,
})

/** A name that old clients still send; answered by `replacement`, with a warning. Not listed. */
export const retired = (id: string, created: string, replacement: Model): Model => ({
  ...replacement,
  id,
  created: day(created),
  status: 'retired',
  replacement: replacement.id,
  aliases: [],
  routes: [],
  price: null,
  tokens: null,
  hidden: true,
})
