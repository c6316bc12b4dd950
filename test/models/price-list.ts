import fc from 'fast-check'
import type { Model } from '../../src/core/model.ts'
import type { PriceLine } from '../../src/core/price.ts'
import type { Usage } from '../../src/core/provider.ts'
import type { GenerationRequest } from '../../src/core/request.ts'
import { formatSize, parseSize, type Size } from '../../src/core/size.ts'
import { drawnSize } from '../../src/models/drawn-size.ts'
import { imageTokensOf } from '../../src/models/token-bounds.ts'

/** What an upstream may make of what a request leaves open. */
export interface Picture {
  size: Size
  quality: string | null
}

/** All pictures that may come of a request that was checked and changed. */
export function picturesOf(asked: GenerationRequest, { capabilities }: Model): Picture[] {
  const { size: rule, quality: words } = capabilities
  const isOpen = asked.size === null && rule.mode === 'list' && rule.default === null
  const sizes = isOpen
    ? rule.sizes.map((text) => parseSize(text)!)
    : [drawnSize(asked, capabilities)]
  const named = (words || []).filter((word) => word !== 'auto')
  const isLeft = asked.quality === null || asked.quality === 'auto'
  const qualities: (string | null)[] = isLeft
    ? named.length > 0
      ? named
      : [null]
    : [asked.quality]
  return sizes.flatMap((size) => qualities.map((quality) => ({ size, quality })))
}

const unitOf = (line: PriceLine) => (line.unit === 'token' ? line.of : line.unit)

/** What a buyer who reads the list expects an image to cost at most, in micro-dollars; null = it is not on the list. */
export function costOf(model: Model, asked: GenerationRequest, picture: Picture): number | null {
  const lines = model.price ?? []
  const isFor = ({ when }: PriceLine) =>
    (!when?.size || when.size === formatSize(picture.size)) &&
    (!when?.quality || when.quality === picture.quality) &&
    (!when?.resolution || when.resolution === asked.resolution)
  const units = [...new Set(lines.map(unitOf))]
  const chosen = units.map((unit) => {
    const fitting = lines.filter((line) => unitOf(line) === unit && isFor(line))
    return fitting.find(({ when }) => when) ?? fitting[0]
  })
  if (chosen.length === 0 || chosen.includes(undefined)) return null
  const bounds = tokensOf(model, asked, picture)
  return chosen.reduce((sum, line) => sum + 1e6 * usdOf(line!, asked, picture, bounds), 0)
}

function usdOf(
  line: PriceLine,
  asked: GenerationRequest,
  { size }: Picture,
  bounds: Record<string, number>,
): number {
  switch (line.unit) {
    case 'image':
      return line.usd
    case 'input':
      return line.usd * asked.inputs.length
    case 'step':
      return line.usd * (asked.steps ?? line.steps)
    case 'megapixel': {
      const pixels = size.width * size.height
      const { block, above = 0, steps } = line
      const count = block
        ? Math.max(0, Math.ceil(pixels / block) - above)
        : Math.max(0, pixels - above) / 1e6
      return line.usd * count * (steps ? Math.max(1, (asked.steps ?? 0) / steps) : 1)
    }
    case 'token':
      return (line.usd_per_million * (bounds[line.of] ?? 0)) / 1e6
  }
}

/** Most tokens of each kind that one image takes. */
export function tokensOf({ tokens }: Model, asked: GenerationRequest, { size, quality }: Picture) {
  const isHigh = asked.inputFidelity === 'high'
  const input = (isHigh ? tokens?.imageInHigh : undefined) ?? tokens?.imageIn ?? 0
  return {
    text_in: Buffer.byteLength(asked.prompt) + 64,
    image_in: input * (asked.inputs.length + (asked.mask ? 1 : 0)),
    image_out: imageTokensOf(tokens, size, quality, asked.partials),
    text_out: tokens?.textOut ?? 0,
  }
}

/** What an upstream tells that took these shares of the most that so many images take. */
export function usageOf(
  most: ReturnType<typeof tokensOf>,
  count: number,
  [text = 1, image = 1, output = 1, cached = 0]: number[],
): Usage {
  const part = (tokens: number, share: number) => Math.floor(tokens * count * share)
  const inputTextTokens = part(most.text_in, text)
  const inputImageTokens = part(most.image_in, image)
  const outputTextTokens = part(most.text_out, output)
  return {
    inputTextTokens,
    inputImageTokens,
    inputTokens: inputTextTokens + inputImageTokens,
    cachedTextTokens: Math.floor(inputTextTokens * cached),
    cachedImageTokens: Math.floor(inputImageTokens * cached),
    outputTextTokens,
    outputTokens: outputTextTokens + part(most.image_out, output),
  }
}

const usd = fc.nat({ max: 300_000 }).map((micros) => micros / 1e6)
const steps = fc.constantFrom(1, 4, 28)

/**
 * Prices as operators may write them, whole and with holes: by words, by words and pixels, or by what was
 * used. Where one picture is the dearest in one unit and another one in the next, what may come is not
 * bounded by any of them, so these are not mixed.
 */
export function anyPrice({ capabilities, tokens }: Model): fc.Arbitrary<PriceLine[]> {
  const words = (capabilities.quality || ['none']).filter((word) => word !== 'auto')
  const quality = fc.constantFrom(...words)
  const resolution = fc.constantFrom('1K', '2K', '4K')
  const size = fc.constantFrom('1024x1024', '512x512', '1536x1024')
  const none = fc.constant(undefined)
  const always = { arbitrary: none, weight: 3 }
  const byWord = fc.oneof(always, fc.record({ quality }), fc.record({ resolution }))
  const byAll = fc.oneof(always, fc.record({ quality }), fc.record({ size }))
  const of = fc.constantFrom('text_in', 'image_in', 'image_out', 'text_out')
  const flat = (when: fc.Arbitrary<PriceLine['when']>) =>
    fc.oneof(
      fc.record({ unit: fc.constantFrom('image', 'input'), usd, when }),
      fc.record({ unit: fc.constant('step'), usd, steps, when }),
    )
  const pixels = (when: fc.Arbitrary<PriceLine['when']>) =>
    fc.record({
      unit: fc.constant('megapixel'),
      usd,
      when,
      block: fc.constantFrom(undefined, 250_000, 1_048_576),
      above: fc.constantFrom(undefined, 1),
      steps: fc.option(steps, { nil: undefined }),
    })
  const used = fc.record({ unit: fc.constant('token'), of, usd_per_million: usd })
  const lists = [
    flat(byAll),
    fc.oneof(flat(byWord), pixels(byWord)),
    fc.oneof(flat(none), pixels(none), tokens ? used : flat(none)),
  ].map((line) => fc.array(line, { minLength: 1, maxLength: 6 }))
  return fc.oneof(...lists)
}
