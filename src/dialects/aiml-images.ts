import * as z from 'zod/mini'
import { errors, GatewayError, type PublicError } from '../core/error.ts'
import { showJobId } from '../core/ids.ts'
import type { Json } from '../core/json.ts'
import type { OwnNames } from '../core/own-names.ts'
import type { Submission } from '../core/request.ts'
import { seconds } from '../core/seconds.ts'
import { StoredBytes } from '../core/stored-bytes.ts'
import type { JobView } from '../core/view.ts'
import type { Dialect, ParseContext } from './dialect.ts'
import { text } from './fields.ts'
import { Reference } from './image-reference.ts'
import { invalidBody } from './invalid.ts'
import { EditBody, imagesOf } from './openai-edits-body.ts'
import { openaiEdits, openaiImages } from './openai-images.ts'
import { spent } from './openai-usage.ts'
import { explicitOnly, PLAIN, requiredModel } from './plain-images.ts'

/** Beside OpenAI's fields; most images of kontext, the only models that take a list there. */
export const AimlBody = z.looseObject({
  ...EditBody.shape,
  model: requiredModel,
  // Each model has words of its own.
  style: text(60),
  image_url: z.nullish(
    z.union([Reference, z.array(Reference).check(z.minLength(1), z.maxLength(4))]),
  ),
})

const KONTEXT_PROMPTS = /^(flux\/kontext-\w+)\/text-to-image$/

/** AI/ML API: one path for prompts and for images, answers in both of its spellings, flat errors. */
export const aimlImages: Dialect = {
  name: 'aiml',

  parse: (json, context) => parse(json, context, false),

  render({ view, links, reused }, { request, delivery }) {
    const { images } = view
    const isLinked = delivery.format !== 'b64'
    return {
      created: seconds(view.endedAt ?? view.createdAt),
      images: images.map(({ n, width, height, type, bytes }) => ({
        url: links[n],
        width,
        height,
        content_type: type,
        file_name: null,
        file_size: bytes,
      })),
      data: images.map((image) => ({
        url: isLinked ? links[image.n] : null,
        b64_json: isLinked ? null : StoredBytes.base64(image),
        ...(image.revisedPrompt !== null && { revised_prompt: image.revisedPrompt }),
      })),
      timings: timingsOf(view),
      seed: request.seed ?? images[0]?.seed ?? null,
      // Images that an upstream flags are never stored.
      has_nsfw_concepts: images.map(() => false),
      prompt: request.prompt,
      meta: { usage: spent(view, reused !== null) },
    }
  },

  headersOf({ view, reused }) {
    const usage = spent(view, reused !== null)
    return {
      'x-inference-id': showJobId(view.id),
      ...(usage && {
        'x-aimlapi-credits-used': String(usage.credits_used),
        'x-aimlapi-usd-spent': String(usage.usd_spent),
      }),
    }
  },

  idHeader: 'x-inference-id',

  statusOf,

  renderError(error, { requestId, path, now }) {
    const { type, code, param } = error
    const message = inItsWords(error)
    return {
      message,
      path,
      requestId,
      statusCode: statusOf(error),
      timestamp: new Date(now).toISOString(),
      // Clients of OpenAI read nothing else but the message.
      error: { message, type, param, code },
    }
  },
}

/** `POST /images/edits` of this API. */
export const aimlEdits: Dialect = {
  ...aimlImages,
  parse: (json, context) => parse(json, context, true),
}

function parse(json: unknown, context: ParseContext, isEdit: boolean): Submission {
  const read = AimlBody.safeParse(json)
  if (!read.success) throw invalidBody(read.error, json)
  const body = read.data
  const hasImages = imagesOf(body).length > 0
  if (!hasImages && body.model.endsWith('/image-to-image'))
    throw new GatewayError(errors.missing('image_url'))
  const dialect = hasImages || isEdit ? openaiEdits : openaiImages
  // An example of the vendor sends images to the model for prompts.
  const model = hasImages ? body.model.replace(KONTEXT_PROMPTS, '$1/image-to-image') : body.model
  const own = ownFields(body)
  const others = Object.entries(body).filter(([name]) => !Object.hasOwn(own, name))
  const sent = { ...Object.fromEntries(others), ...PLAIN, model, style: null }
  const submission = dialect.parse(sent, context)
  const request = {
    ...submission.request,
    style: body.style ?? null,
    providerOptions: { ...submission.request.providerOptions, ...own },
  }
  // Of an image that is missing, too.
  const names: OwnNames = hasImages ? [] : [['image', 'image_urls']]
  return explicitOnly(
    {
      ...submission,
      request,
      dialect: 'aiml',
      names: [...names, ...(submission.names ?? [])],
    },
    body,
    context,
  )
}

/** Most fields beside those that are read, and the longest text of one, characters. */
const MAX_FIELDS = 20
const MAX_TEXT = 100

/** What only some of the models have: a model's record says which it takes. */
function ownFields(body: z.infer<typeof AimlBody>): Record<string, Json> {
  const own = Object.entries(body).filter(
    ([name, value]) =>
      !Object.hasOwn(AimlBody.shape, name) && name.length <= MAX_TEXT && isPlain(value),
  ) as [string, Json][]
  return Object.fromEntries(own.slice(0, MAX_FIELDS))
}

const isPlain = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.length <= MAX_TEXT
    : typeof value === 'boolean' || typeof value === 'number'

/** Seconds that the upstream took, where one was asked. */
function timingsOf({ attempts }: JobView) {
  const last = attempts.at(-1)
  return last?.answeredAt == null ? {} : { inference: (last.answeredAt - last.startedAt) / 1000 }
}

/** An empty account is a 403 here. */
function statusOf({ status }: PublicError): number {
  return status === 402 ? 403 : status
}

/** As this API puts it: its clients look for these words. */
function inItsWords({ status, message, param }: PublicError): string {
  if (status === 402 && param === null) return `You've run out of credits. ${message}`
  if (status !== 400 || param === null) return message
  const told = message
    .replace(': expected ', '. Expected ')
    .replace(/^Missing.*/, '$& Expected a value, received nothing.')
  return `Body validation error!\n${told}`
}
