import type { Bounds, Capabilities, SizeRule } from '../core/model.ts'
import { fixedSizes, tierOf } from './size-rule.ts'

/** One parameter's possible values, in OpenRouter's shape. An absent parameter is not understood. */
export type Descriptor =
  | { type: 'enum'; values: string[]; default?: string; pixels?: Record<string, string> }
  | {
      type: 'range'
      min: number | string
      max: number | string
      default?: string
      multiple_of?: number
      max_ratio?: number
      max_pixels?: number
    }
  | { type: 'boolean' }

/** Images of one request; larger counts than an upstream call takes are split. */
const COUNT = { type: 'range', min: 1, max: 10 } as const

/** A capability record in the names that requests use. Lengths in characters, sides in pixels. */
export function describeCapabilities(can: Capabilities): Record<string, Descriptor> {
  const all: Record<string, Descriptor | null> = {
    // A word beside ratios may be one of them.
    ...Object.fromEntries((can.own ?? []).map((name) => [name, flag(true)])),
    operation: words(can.operations),
    prompt: { type: 'range', min: 1, max: can.promptMax },
    n: COUNT,
    size: size(can.size),
    aspect_ratio: aspect(can),
    resolution: resolution(can.size),
    quality: words(can.quality),
    style: words(can.style),
    background: words(can.background),
    output_format: { ...enumOf(can.formats), ...withDefault(can.formats[0]) },
    output_compression: can.compression ? { type: 'range', min: 0, max: 100 } : null,
    moderation: words(can.moderation),
    seed: range(can.seed),
    steps: range(can.steps),
    guidance_scale: range(can.guidance),
    negative_prompt: flag(can.negativePrompt),
    image: can.inputs ? { type: 'range', min: fewest(can), max: can.inputs.max } : null,
    mask: flag(can.mask),
    input_fidelity: words(can.inputFidelity),
    partial_images: can.partials ? { type: 'range', min: 0, max: 3 } : null,
    user: flag(can.endUser),
  }
  const known: Record<string, Descriptor> = {}
  for (const [name, descriptor] of Object.entries(all)) if (descriptor) known[name] = descriptor
  return known
}

type Enum = Extract<Descriptor, { type: 'enum' }>

const enumOf = (values: readonly string[]): Enum => ({ type: 'enum', values: [...values] })

const words = (values: readonly string[] | false): Enum | null => (values ? enumOf(values) : null)

const range = (bounds: Bounds | false): Descriptor | null =>
  bounds ? { type: 'range', min: bounds.min, max: bounds.max } : null

const flag = (known: boolean): Descriptor | null => (known ? { type: 'boolean' } : null)

const fewest = ({ operations }: Capabilities): number => (operations.includes('generate') ? 0 : 1)

const withDefault = (text: string | null | undefined) => (text ? { default: text } : {})

function size(rule: SizeRule): Descriptor | null {
  switch (rule.mode) {
    case 'free':
      return {
        type: 'range',
        min: rule.minSide,
        max: rule.maxSide,
        multiple_of: rule.multiple,
        max_ratio: rule.maxRatio,
        ...(rule.maxPixels === null ? {} : { max_pixels: rule.maxPixels }),
        ...withDefault(rule.default),
      }
    case 'list':
      return {
        ...enumOf(rule.auto ? [...rule.sizes, 'auto'] : rule.sizes),
        ...withDefault(rule.default),
      }
    case 'ratio':
      return null
  }
}

function aspect({ aspect: ratios, size: rule }: Capabilities): Descriptor | null {
  if (ratios === false) return null
  if (Array.isArray(ratios))
    return { ...enumOf(ratios), ...(rule.mode === 'ratio' ? { pixels: rule.pixels } : {}) }
  return rule.mode === 'free'
    ? { type: 'range', min: `1:${rule.maxRatio}`, max: `${rule.maxRatio}:1` }
    : null
}

/** Tiers that the upstream tells apart. */
function resolution(rule: SizeRule): Descriptor | null {
  const sizes = rule.mode === 'ratio' ? fixedSizes(rule) : []
  return sizes.some(({ tier }) => tier !== null) ? enumOf([...new Set(sizes.map(tierOf))]) : null
}
