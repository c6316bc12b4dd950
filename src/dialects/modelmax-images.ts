import * as z from 'zod/mini'
import type { PublicError } from '../core/error.ts'
import { seconds } from '../core/seconds.ts'
import { StoredBytes } from '../core/stored-bytes.ts'
import type { Dialect } from './dialect.ts'
import { text } from './fields.ts'
import { invalidBody } from './invalid.ts'
import { Body } from './openai-images-body.ts'
import { openaiImages } from './openai-images.ts'
import { openaiUsage } from './openai-usage.ts'
import { explicitOnly, PLAIN, requiredModel } from './plain-images.ts'

/** Any word of quality and style: what a model does not know is a warning. */
export const ModelmaxBody = z.looseObject({
  ...Body.shape,
  model: requiredModel,
  quality: text(40),
  style: text(40),
})

/** Its documents know 400, 401, 402, 500 and 502 only. */
const TYPES: Record<number, string> = {
  401: 'unauthorized',
  402: 'insufficient_balance',
  403: 'forbidden',
  429: 'rate_limit_exceeded',
  500: 'internal_error',
  501: 'internal_error',
}

/** ModelMax: OpenAI's images as of DALL-E, and errors without codes. */
export const modelmaxImages: Dialect = {
  name: 'modelmax',

  parse(json, context) {
    const read = ModelmaxBody.safeParse(json)
    if (!read.success) throw invalidBody(read.error, json)
    const { quality = null, style = null, ...body } = read.data
    const submission = openaiImages.parse({ ...body, ...PLAIN }, context)
    const request = { ...submission.request, quality, style }
    const own = { ...submission, request, dialect: 'modelmax' }
    return explicitOnly(own, body, context)
  },

  render({ view, links }, { delivery }) {
    const { prompt_tokens, completion_tokens, total_tokens } = openaiUsage(view.usage)
    return {
      created: seconds(view.endedAt ?? view.createdAt),
      data: view.images.map((image) => ({
        ...(delivery.format === 'url'
          ? { url: links[image.n] }
          : { b64_json: StoredBytes.base64(image) }),
        ...(image.revisedPrompt !== null && { revised_prompt: image.revisedPrompt }),
      })),
      usage: { prompt_tokens, completion_tokens, total_tokens },
    }
  },

  statusOf,

  renderError(error) {
    const status = statusOf(error)
    const type = TYPES[status] ?? (status < 500 ? 'bad_request' : 'bad_gateway')
    const hint = isUnknownModel(error) ? ' Expected the name of an image model.' : ''
    return { error: { message: error.message + hint, type } }
  },
}

const isUnknownModel = ({ code }: PublicError): boolean => code === 'model_not_found'

/** A model that makes no images is a bad request here. */
function statusOf(error: PublicError): number {
  return isUnknownModel(error) ? 400 : error.status
}
