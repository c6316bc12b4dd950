import { imageFieldOf, type FormEntry } from './form-fields.ts'
import { invalid } from './invalid.ts'

/** Fields that forms carry as text and the schema expects as numbers. */
const NUMBERS = new Set([
  'n',
  'num_images',
  'width',
  'height',
  'output_compression',
  'partial_images',
  'frame_count',
  'frame_duration_ms',
  'seed',
  'steps',
  'num_inference_steps',
  'guidance_scale',
])
const JSON_FIELDS = new Set(['gateway', 'provider_options'])
const LISTS = /^(image_urls?)(\[\d{0,4}\])?$/

/**
 * The fields of a form as the JSON body that says the same: numbers and booleans are text in a form, and
 * images may be numbered. An empty text is a field left out.
 *
 * @throws GatewayError 400 naming the field
 */
export function formToBody(entries: readonly FormEntry[]): Record<string, unknown> {
  const body = new Map<string, unknown>()
  const append = (name: string, value: unknown) => {
    const list = (body.get(name) ?? []) as unknown[]
    body.set(name, [...list, value])
  }
  for (const { name, value } of entries.toSorted((a, b) => indexOf(a) - indexOf(b))) {
    const list = imageFieldOf(name) === 'image' ? 'image' : LISTS.exec(name)?.[1]
    if (value === '' && name !== 'prompt') continue
    if (list !== undefined) append(list, value)
    else if (body.has(name)) throw invalid(name, 'it was sent twice')
    else body.set(name, typeof value === 'string' ? read(name, value) : value)
  }
  return Object.fromEntries(body)
}

/** Entries without a number keep their order. */
const indexOf = ({ name }: FormEntry): number => Number(/\[(\d+)\]$/.exec(name)?.[1] ?? 0)

function read(name: string, text: string): unknown {
  if (NUMBERS.has(name)) return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
  if (name === 'stream') return text === 'true' ? true : text === 'false' ? false : text
  // Others are names of sizes.
  const isObject = name === 'image_size' && text.startsWith('{')
  return isObject || JSON_FIELDS.has(name) ? parse(name, text) : text
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid(name, 'expected JSON as text')
  }
}
