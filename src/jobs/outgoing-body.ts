import { inputPath } from '../core/ids.ts'
import type { GenerationRequest, InputImage } from '../core/request.ts'
import { seconds } from '../core/seconds.ts'
import { StoredBytes } from '../core/stored-bytes.ts'
import { InputMark, type FormPart, type UpstreamRequest } from '../core/upstream.ts'
import { formBody, type OutgoingPart } from '../images/form-body.ts'
import { jsonBody } from '../images/json-body.ts'
import { signLink } from '../images/link.ts'
import { readSigningKeys } from '../images/signing-keys.ts'
import type { UpstreamCall } from '../outbound/upstream.ts'

type Staged = Extract<InputImage, { r2: string }>

/**
 * A provider's body as bytes: inputs stream out of R2 where the provider has marked their places, with a
 * length known beforehand. `missing` names a staged input that is gone.
 */
export async function outgoingBodyOf(
  env: Env,
  body: UpstreamRequest['body'],
  request: GenerationRequest,
): Promise<{ body: UpstreamCall['body'] } | { missing: string }> {
  if (body === null) return { body: null }
  if ('form' in body) {
    const parts = body.form.map((part) => partOf(part, request))
    const form = await formBody(parts, env.IMAGES_BUCKET)
    return 'missing' in form ? form : { body: form }
  }
  const links = await inputLinks(env, request)
  const json = await jsonBody(filled(body.json, request, links), env.IMAGES_BUCKET)
  if ('missing' in json) return json
  return { body: { stream: json.body, length: json.length, type: 'application/json' } }
}

/** How long an upstream may read an input by its link, seconds: longer than any call. */
const INPUT_LINK_SECONDS = 3600

/** Links to the staged inputs by R2 key, where upstreams can reach this gateway; else null. */
async function inputLinks(
  env: Env,
  { inputs, mask }: GenerationRequest,
): Promise<Map<string, string> | null> {
  const origin = (env.PUBLIC_URL || '').replace(/\/$/, '')
  if (!origin.startsWith('https://')) return null
  const keys = await readSigningKeys(env.SIGNING_KEYS)
  const exp = seconds(Date.now()) + INPUT_LINK_SECONDS
  const staged = [...inputs, mask].flatMap((it) => (it && 'r2' in it ? [it] : []))
  const links = staged.map(async (it): Promise<[string, string][]> => {
    // Its own job may have deleted it: without a link it is looked for.
    if ('image' in it && !(await env.IMAGES_BUCKET.head(it.r2))) return []
    return [[it.r2, await signLink(keys, { origin, path: inputPath(it.r2), exp })]]
  })
  return new Map((await Promise.all(links)).flat())
}

/** The value with bytes, or a link to them, in the place of its marks. */
function filled(
  value: unknown,
  request: GenerationRequest,
  links: Map<string, string> | null,
): unknown {
  if (value instanceof InputMark) {
    const { r2, bytes, type } = stagedOf(value.index, request)
    if (value.form === 'reference')
      return links?.get(r2) ?? new StoredBytes(r2, bytes, 'data-url', type)
    return new StoredBytes(r2, bytes, value.form, type)
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, request, links))
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([key, it]) => [key, filled(it, request, links)])
  return Object.fromEntries(fields)
}

function partOf(part: FormPart, request: GenerationRequest): OutgoingPart {
  if ('value' in part) return part
  const { r2, bytes, type } = stagedOf(part.input, request)
  const filename = `${part.name.replaceAll(/\W/g, '')}.${type.replace('image/', '')}`
  return { name: part.name, key: r2, bytes, type, filename }
}

/** Inputs are staged before an upstream is called (`stageInputs`). -1 is the mask. */
function stagedOf(index: number, { inputs, mask }: GenerationRequest): Staged {
  const input = index === -1 ? mask : inputs[index]
  if (!input || !('r2' in input)) throw new Error('an input image is not staged')
  return input
}
