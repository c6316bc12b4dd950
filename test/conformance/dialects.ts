import {
  AimlError,
  AimlImages,
  ModelmaxError,
  ModelmaxImages,
  OpenaiError,
} from '../support/dialect-answers.ts'
import { Images as OxenImages, Refusal as OxenError } from '../support/oxen-schemas.ts'
import { MessageResponse, ToolResponse } from '../http/response-body.ts'
import { ImagesResponseOfSdk } from './schemas.ts'

/** Of zod, or of its smaller form. */
interface Schema {
  safeParse(json: unknown): { error?: unknown }
}

/** What is wished for, in no API's words; what is undefined is not sent. */
interface Wish {
  model: string
  prompt?: string
  size?: string
  seed?: number
  steps?: number
  guidance?: number
  negative?: string
  format?: string
  /** Link of an image to start from. */
  image?: string
  gateway?: object
}

/** One client API at the path where it waits for images. */
export interface ClientApi {
  name: string
  path: string
  /** A request of it, for one image. */
  body: (wish: Wish) => object
  answer: Schema
  error: Schema
  /** Where its statuses differ from the gateway's own. */
  statuses: Record<number, number>
  /** Type or code of an error as its clients read it, by the gateway's own code. */
  words: Record<string, string>
  /** Finds the word in an answer. */
  wordOf: (json: never) => unknown
}

/** Fields that all but responses have. */
const common = ({ model, prompt, size, seed, gateway, ...wish }: Wish) => ({
  model,
  prompt,
  size,
  seed,
  gateway,
  num_inference_steps: wish.steps,
  guidance_scale: wish.guidance,
  negative_prompt: wish.negative,
  output_format: wish.format,
})

const body: ClientApi['body'] = (wish) => ({ ...common(wish), image_url: wish.image })

/** Its own words for an image to start from. */
const oxenBody: ClientApi['body'] = (wish) => ({ ...common(wish), input_image: wish.image })

/** The same with a list of images. */
export const oxenListBody: ClientApi['body'] = (wish) => ({
  ...common(wish),
  input_image: wish.image && [wish.image],
})

/** Text and image in either order mean the same. */
function inputOf({ prompt, image }: Wish, isTextFirst: boolean) {
  if (image === undefined) return prompt
  const content = [
    { type: 'input_image', image_url: image },
    { type: 'input_text', text: prompt },
  ]
  return [{ role: 'user', content: isTextFirst ? content.toReversed() : content }]
}

/** What both forms of responses have in common. */
const responses = {
  path: '/v1/responses',
  error: OpenaiError,
  statuses: {},
  words: {},
  wordOf: ({ error }: { error: { code: string } }) => error.code,
}

/** Every client API that the gateway speaks; tests of all of them go through this list. */
export const CLIENT_APIS: readonly ClientApi[] = [
  {
    name: 'openai',
    path: '/v1/images/generations',
    body,
    answer: ImagesResponseOfSdk,
    error: OpenaiError,
    statuses: {},
    words: {},
    wordOf: ({ error }: { error: { code: string } }) => error.code,
  },
  {
    name: 'modelmax',
    path: '/modelmax/v1/images/generations',
    body,
    answer: ModelmaxImages,
    error: ModelmaxError,
    statuses: { 404: 400 },
    words: {
      invalid_type: 'bad_request',
      missing_required_parameter: 'bad_request',
      moderation_blocked: 'bad_request',
      invalid_api_key: 'unauthorized',
      model_not_found: 'bad_request',
      idempotency_key_reused: 'bad_request',
      insufficient_quota: 'rate_limit_exceeded',
      upstream_failed: 'bad_gateway',
      upstream_outcome_unknown: 'bad_gateway',
      job_expired: 'bad_gateway',
      no_upstream_available: 'bad_gateway',
      unsupported_media_type: 'bad_request',
    },
    wordOf: ({ error }: { error: { type: string } }) => error.type,
  },
  {
    name: 'aiml',
    path: '/aiml/v1/images/generations',
    body,
    answer: AimlImages,
    error: AimlError,
    statuses: { 402: 403 },
    words: {},
    wordOf: ({ error }: { error: { code: string } }) => error.code,
  },
  {
    name: 'oxen',
    path: '/api/ai/images/generate',
    body: oxenBody,
    answer: OxenImages,
    error: OxenError,
    statuses: {},
    words: {
      missing_required_parameter: 'invalid_params',
      invalid_api_key: 'unauthenticated',
      internal_error: 'unknown_error',
      ...Object.fromEntries(
        [
          'model_not_found',
          'insufficient_balance',
          'insufficient_quota',
          'moderation_blocked',
          'upstream_failed',
          'upstream_outcome_unknown',
        ].map((code) => [code, 'of the model']),
      ),
    },
    // Errors of models have no word, only a message.
    wordOf: (json: { status_message?: string }) => json.status_message ?? 'of the model',
  },
  {
    ...responses,
    name: 'max',
    body(wish) {
      const { model, seed, gateway, size, steps, guidance, negative, format } = wish
      const [width, height] = size?.split('x').map(Number) ?? []
      const image = {
        width,
        height,
        steps,
        guidance_scale: guidance,
        negative_prompt: negative,
        output_format: format,
      }
      return { model, seed, gateway, input: inputOf(wish, false), provider_options: { image } }
    },
    answer: MessageResponse,
  },
  {
    ...responses,
    name: 'responses',
    body(wish) {
      const { model, seed, gateway, size, steps, guidance, negative, format } = wish
      // What OpenAI has no words for.
      const image = { steps, guidance_scale: guidance, negative_prompt: negative }
      const tools = [{ type: 'image_generation', size, output_format: format }]
      return {
        model,
        seed,
        gateway,
        input: inputOf(wish, true),
        tools,
        provider_options: { image },
      }
    },
    answer: ToolResponse,
  },
]
