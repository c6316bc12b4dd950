import * as z from 'zod/mini'
import type { ProviderRequest } from '../core/provider.ts'
import { InputMark } from '../core/upstream.ts'
import type {
  EventOutcome,
  HttpProvider,
  UpstreamEvent,
  UpstreamRequest,
} from '../core/upstream.ts'
import { complaintOf } from './complaint.ts'
import { readErrorAnswer, readInnerError } from './error-answer.ts'
import { failure } from './failure.ts'
import { fromBase64, readImages } from './images-answer.ts'
import { imageParameters } from './openai-images.ts'
import { orElse } from './or-else.ts'
import { stated } from './stated.ts'
import { readUsage } from './usage.ts'

/**
 * OpenAI's Images API with its gpt-image models: one call, the images as base64 in its answer, or, with
 * partial images, in a stream of events. Edits go as JSON, so that inputs need no multipart.
 */
export const openai: HttpProvider = {
  id: 'openai',
  imageKeys: ['b64_json'],
  submit: (order) => (order.request.inputs.length > 0 ? edit(order) : generate(order)),
  readSubmit: readImages,
  readEvent,
  readError: (answer, during) => readErrorAnswer(answer, during),
}

const generate = (order: ProviderRequest): UpstreamRequest =>
  post('/images/generations', body(order))

const edit = (order: ProviderRequest): UpstreamRequest =>
  post('/images/edits', {
    ...body(order),
    images: order.request.inputs.map((_, i) => ({ image_url: new InputMark(i, 'reference') })),
    ...(order.request.mask ? { mask: { image_url: new InputMark(-1, 'reference') } } : {}),
  })

const post = (path: string, json: unknown): UpstreamRequest => ({
  method: 'POST',
  path,
  headers: {},
  body: { json },
})

const body = ({ request, model }: ProviderRequest) =>
  stated({
    model,
    prompt: request.prompt,
    n: request.count,
    ...imageParameters(request, model),
    safety_identifier: request.endUser,
    ...(request.partials > 0 ? { stream: true, partial_images: request.partials } : {}),
  })

const Partial = z.object({
  b64_json: z.optional(z.unknown()),
  partial_image_index: orElse(z.int().check(z.minimum(0)), 0),
})
const Completed = z.object({
  b64_json: z.optional(z.unknown()),
  revised_prompt: orElse(z.nullable(z.string()), null),
  usage: z.optional(z.unknown()),
})

/** Its events do not say which image they are of: a call that streams is for one. */
function readEvent({ event, json }: UpstreamEvent): EventOutcome {
  switch (event) {
    case 'image_generation.partial_image':
    case 'image_edit.partial_image':
      return readPartial(json)
    case 'image_generation.completed':
    case 'image_edit.completed':
      return readCompleted(json)
    case 'error':
      return readInnerError(complaintOf(json), null)
    default:
      return { kind: 'nothing' }
  }
}

function readPartial(json: unknown): EventOutcome {
  const { data } = Partial.safeParse(json)
  const from = fromBase64(data?.b64_json)
  return data && from && 'found' in from
    ? { kind: 'partial', n: 0, k: data.partial_image_index, found: from.found }
    : { kind: 'nothing' }
}

function readCompleted(json: unknown): EventOutcome {
  const { data } = Completed.safeParse(json)
  const from = fromBase64(data?.b64_json)
  if (!data || !from) return failure('no_image', null)
  const usage = readUsage(data.usage)
  const images = [{ from, seed: null, revisedPrompt: data.revised_prompt }]
  return { kind: 'final', outcome: { kind: 'done', images, ...(usage ? { usage } : {}) } }
}
