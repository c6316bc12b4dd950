import * as z from 'zod/mini'
import type { ImageSource, Outcome, ProviderRequest } from '../core/provider.ts'
import { InputMark } from '../core/upstream.ts'
import type { Answer, HttpProvider } from '../core/upstream.ts'
import { readErrorAnswer } from './error-answer.ts'
import { failure } from './failure.ts'
import { fromBase64, fromUrl } from './images-answer.ts'
import { orElse } from './or-else.ts'
import { callSeed, stated } from './stated.ts'

/**
 * Modular MAX, `POST /v1/responses` for pixel models (openresponses_routes.py and the image options of
 * modular/modular): one call, the images as base64 in its answer. It has no handle, no cancel and no
 * idempotency key.
 */
export const max: HttpProvider = {
  id: 'max',
  imageKeys: ['image_data', 'image_url'],
  submit: (order) => ({
    method: 'POST',
    path: '/responses',
    headers: {},
    body: {
      json: stated({
        model: order.model,
        input: input(order),
        seed: callSeed(order),
        user: order.request.endUser,
        provider_options: { image: options(order) },
      }),
    },
  }),
  readSubmit: readOutput,
  readError: (answer, during) => readErrorAnswer(answer, during, { busyBeforeWork: true }),
}

/** A message only where there are images: the first image of the first message is used. */
function input({ request }: ProviderRequest) {
  if (request.inputs.length === 0) return request.prompt
  const images = request.inputs.map((_, i) => ({
    type: 'input_image',
    // It fetches any URL without limits, and may have no way out.
    image_url: new InputMark(i, 'data-url'),
  }))
  const content = [...images, { type: 'input_text', text: request.prompt }]
  return [{ role: 'user', content }]
}

/** Its own options are those of its models in the catalogue; unknown ones are refused there. */
const options = ({ request }: ProviderRequest) =>
  stated({
    ...request.providerOptions,
    width: request.size?.width,
    height: request.size?.height,
    steps: request.steps,
    guidance_scale: request.guidance,
    negative_prompt: request.negativePrompt,
    num_images: request.count,
    output_format: request.format,
    // Left out, some builds answer links to files that they may evict.
    response_format: 'b64_json',
  })

const Part = z.object({
  type: z.enum(['output_image']),
  image_data: z.optional(z.unknown()),
  image_url: z.optional(z.unknown()),
})

const Response = z.object({
  output: orElse(z.array(z.object({ content: orElse(z.array(z.unknown()), []) })), []),
})

function readOutput({ status, json }: Answer): Outcome {
  const parts = (Response.safeParse(json).data?.output ?? []).flatMap(({ content }) => content)
  const images = parts.flatMap((part): ImageSource[] => {
    const { data } = Part.safeParse(part)
    const from = data && (fromBase64(data.image_data) ?? fromUrl(data.image_url))
    return from ? [{ from, seed: null, revisedPrompt: null }] : []
  })
  return images.length > 0 ? { kind: 'done', images } : failure('no_image', status)
}
