import type { Handle, ProviderRequest } from '../core/provider.ts'
import { InputMark } from '../core/upstream.ts'
import type { HttpProvider, UpstreamRequest } from '../core/upstream.ts'
import { readErrorAnswer } from './error-answer.ts'
import { imageParameters } from './openai-images.ts'
import { readResponse } from './openai-response.ts'
import { stated } from './stated.ts'

/**
 * The language model that calls the tool: a small one, since it only hands the prompt on. Published
 * responses show it doing so; it was not tried here.
 */
const DRIVER = 'gpt-5.4-mini'

const INSTRUCTIONS =
  'Call image_generation exactly once, with the text of the user as the prompt, word for word.'

/**
 * OpenAI's Responses API in background mode with the image_generation tool: one image per call, and a
 * handle, because the response is stored (30 days) and can be retrieved and cancelled.
 */
export const openaiResponses: HttpProvider = {
  id: 'openai-responses',
  imageKeys: ['result'],
  submit: (order) => ({
    method: 'POST',
    path: '/responses',
    headers: {},
    body: { json: body(order) },
  }),
  readSubmit: (answer) => readResponse(answer, 'submit'),
  poll: (handle) => call('GET', handle, ''),
  readPoll: (answer) => readResponse(answer, 'poll'),
  cancel: (handle) => call('POST', handle, '/cancel'),
  readError: (answer, during) => readErrorAnswer(answer, during),
}

const call = (method: 'GET' | 'POST', { id }: Handle, rest: string): UpstreamRequest => ({
  method,
  path: `/responses/${encodeURIComponent(id)}${rest}`,
  headers: {},
  body: null,
})

const body = (order: ProviderRequest) =>
  stated({
    model: DRIVER,
    instructions: INSTRUCTIONS,
    input: [{ role: 'user', content: content(order) }],
    tools: [tool(order)],
    tool_choice: { type: 'image_generation' },
    background: true,
    store: true,
    safety_identifier: order.request.endUser,
  })

const content = ({ request }: ProviderRequest) => [
  { type: 'input_text', text: request.prompt },
  ...request.inputs.map((_, i) => ({
    type: 'input_image',
    image_url: new InputMark(i, 'reference'),
  })),
]

const tool = ({ request, model }: ProviderRequest) =>
  stated({
    type: 'image_generation',
    model,
    action: request.inputs.length > 0 ? 'edit' : 'generate',
    ...imageParameters(request, model),
    input_image_mask: request.mask && { image_url: new InputMark(-1, 'reference') },
  })
