import * as z from 'zod/mini'
import type { ImageSource, Outcome } from '../core/provider.ts'
import type { Answer } from '../core/upstream.ts'
import { failure, REFUSED } from './failure.ts'
import { orElse } from './or-else.ts'
import { readUsage } from './usage.ts'

type From = ImageSource['from']

/** What the extractor leaves in place of an image. */
const Mark = z.object({ $image: z.int().check(z.minimum(0)) })

/** Where the bytes of an image under a base64 key are; null = there is none. */
export function fromBase64(value: unknown): From | null {
  const mark = Mark.safeParse(value)
  if (mark.success) return { found: mark.data.$image }
  if (typeof value !== 'string' || value === '') return null
  return value.startsWith('data:') ? fromDataUrl(value) : { base64: value }
}

/** Where the bytes of an image under a URL key are: some upstreams answer `data:` URLs there. */
export function fromUrl(value: unknown): From | null {
  if (typeof value !== 'string') return Mark.safeParse(value).success ? fromBase64(value) : null
  if (value.startsWith('data:')) return fromDataUrl(value)
  return /^https?:\/\//i.test(value) && URL.canParse(value) ? { url: value } : null
}

function fromDataUrl(url: string): From | null {
  const comma = url.indexOf(',')
  const base64 = url.slice(comma + 1)
  return comma > 0 && url.slice(0, comma).endsWith(';base64') && base64 !== '' ? { base64 } : null
}

const list = orElse(z.array(z.unknown()), [])

const Item = z.object({
  b64_json: z.optional(z.unknown()),
  url: z.optional(z.unknown()),
  revised_prompt: orElse(z.nullable(z.string()), null),
})

/** OpenAI's images answer, and the older `images[]` of services that hold fal's models. */
const Images = z.object({
  data: list,
  images: list,
  seed: orElse(z.nullable(z.int()), null),
  has_nsfw_concepts: list,
  usage: z.optional(z.unknown()),
})

/** Reads an answer that holds its images, as base64 or by URL, whichever was asked for. */
export function readImages({ status, json }: Answer): Outcome {
  const body = Images.safeParse(json)
  if (!body.success) return failure('no_image', status)
  const { data, images: older, seed, has_nsfw_concepts: flags, usage: told } = body.data
  const items = sourcesOf(data).some((it) => it !== null) ? data : older
  const images = sourcesOf(items).flatMap((it, i) => (it && flags[i] !== true ? [it] : []))
  if (images.length === 0) return flags.includes(true) ? REFUSED : failure('no_image', status)
  const usage = readUsage(told)
  // One seed for several images is that of the first.
  const seeded = images.map((it, i) => (i === 0 ? { ...it, seed } : it))
  return { kind: 'done', images: seeded, ...(usage ? { usage } : {}) }
}

const sourcesOf = (items: unknown[]): (ImageSource | null)[] =>
  items.map((item) => {
    const read = Item.safeParse(item)
    const from = read.success ? (fromBase64(read.data.b64_json) ?? fromUrl(read.data.url)) : null
    return from && { from, seed: null, revisedPrompt: read.data?.revised_prompt ?? null }
  })
