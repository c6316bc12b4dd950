import type { PriceLine } from '../core/price.ts'

/** What an answer tells of a model, in the gateway's words. */
interface Told {
  id: string
  aliases: string[]
  owned_by: string
  capabilities: Record<string, { type: string; values?: string[] }>
  /** As it holds now. */
  pricing: PriceLine[] | null
}

/** A model as AI/ML API's catalogue has it. `include` adds sections; unknown names add nothing. */
export function renderModel({ id, aliases, owned_by, ...model }: Told, include: readonly string[]) {
  const has = (section: string) => include.includes(section) || include.includes('all')
  const makes = model.capabilities['operation']?.values ?? []
  const input = makes.includes('edit') ? ['text', 'image'] : ['text']
  const kinds = makes.map((it) => (it === 'edit' ? 'image_to_image' : 'text_to_image'))
  return {
    id,
    aliases,
    type: 'image',
    info: { name: id, developer: owned_by },
    tags: [],
    ...(has('modalities') && { modalities: { input, output: ['image'] } }),
    ...(has('capabilities') && { capabilities: kinds }),
    ...(has('pricing') && { pricing: renderPricing(model.pricing) }),
  }
}

/** `fixed`: each unit has one rate; `variants`: a rate depends on what is asked for. USD. */
function renderPricing(lines: PriceLine[] | null) {
  const currency = 'USD'
  if (!lines) return { kind: 'variable', currency }
  const rates = lines.map((line) => ({ ...(line.when && { when: line.when }), ...rateOf(line) }))
  const dimensions = [...new Set(lines.flatMap(({ when }) => Object.keys(when ?? {})))]
  return dimensions.length === 0
    ? { kind: 'fixed', currency, units: rates }
    : { kind: 'variants', currency, dimensions, variants: rates }
}

function rateOf(line: PriceLine) {
  if (line.unit === 'token')
    return { price: line.usd_per_million, unit: `token:${line.of}`, per: 1_000_000 }
  const isByBlock = line.unit === 'megapixel' && line.block !== undefined
  return { price: line.usd, unit: isByBlock ? 'pixel' : line.unit, per: isByBlock ? line.block : 1 }
}
