import { InputMark } from '../../src/core/upstream.ts'
import { max } from '../../src/providers/max.ts'
import { providerContract } from './contract.ts'
import { order, staged } from './orders.ts'

const MODEL = 'black-forest-labs/FLUX.2-dev'

/** As the router of MAX builds it: without nulls, and the message without a `type`. */
const response = (...content: object[]) => ({
  id: 'resp_6f0c1c6fb2f64b0f9b6d8a5e0c1d2e3f',
  object: 'response',
  created_at: 1_790_000_000,
  status: 'completed',
  model: MODEL,
  output: [{ id: 'msg_6f_0', role: 'assistant', status: 'completed', content }],
})
const part = (rest: object) => ({ type: 'output_image', format: 'jpeg', ...rest })
const error = (code: string, type: string) => ({ error: { code, type, message: 'x', param: '' } })

providerContract(max, {
  model: MODEL,
  edits: true,
  count: null,
  promptOf: ({ input }) =>
    typeof input === 'string'
      ? input
      : (input as [{ content: { text: string }[] }])[0].content.at(-1)!.text,
  endUser: 'user',
  sends: [
    {
      name: 'a generation with every option',
      order: order(MODEL, {
        prompt: 'a cube',
        count: 2,
        size: { width: 768, height: 512 },
        steps: 28,
        guidance: 3.5,
        seed: 7,
        negativePrompt: 'fog',
        format: 'webp',
        providerOptions: { true_cfg_scale: 2, flow_shift: 1.5 },
      }),
      path: '/responses',
      body: {
        json: {
          model: MODEL,
          input: 'a cube',
          seed: 7,
          provider_options: {
            image: {
              true_cfg_scale: 2,
              flow_shift: 1.5,
              width: 768,
              height: 512,
              steps: 28,
              guidance_scale: 3.5,
              negative_prompt: 'fog',
              num_images: 2,
              output_format: 'webp',
              response_format: 'b64_json',
            },
          },
        },
      },
    },
    {
      name: 'an edit as one message, the image first',
      order: order(MODEL, { inputs: [staged] }),
      path: '/responses',
      body: {
        json: {
          model: MODEL,
          input: [
            {
              role: 'user',
              content: [
                { type: 'input_image', image_url: new InputMark(0, 'data-url') },
                { type: 'input_text', text: 'a red cube' },
              ],
            },
          ],
          provider_options: { image: { num_images: 1, response_format: 'b64_json' } },
        },
      },
    },
  ],
  submit: [
    {
      name: 'images that went to R2',
      reply: response(part({ image_data: { $image: 0 } }), part({ image_data: { $image: 1 } })),
      becomes: { kind: 'done', images: [{ from: { found: 0 } }, { from: { found: 1 } }] },
    },
    {
      name: 'an image by URL',
      reply: response(part({ image_url: 'http://127.0.0.1:8000/v1/images/6f/content' })),
      becomes: {
        kind: 'done',
        images: [{ from: { url: 'http://127.0.0.1:8000/v1/images/6f/content' } }],
      },
    },
    {
      name: 'words in place of an image',
      reply: response({ type: 'output_text', text: 'no' }),
      becomes: { kind: 'failed', error: { kind: 'no_image', executed: 'yes' } },
    },
  ],
  errors: [
    {
      name: 'a schema error',
      status: 422,
      reply: error('422', 'invalid_request_error'),
      becomes: { error: { kind: 'invalid', executed: 'no' } },
    },
    {
      name: 'another model than the one served',
      status: 404,
      reply: error('404', 'not_found_error'),
      becomes: { error: { kind: 'notfound', executed: 'no' } },
    },
    {
      name: 'a full queue',
      status: 429,
      headers: { 'retry-after': '1' },
      reply: error('429', 'rate_limit_error'),
      becomes: { error: { kind: 'rate', executed: 'no', retryAfterMs: 1000 } },
    },
    {
      name: 'a full media store',
      status: 507,
      reply: error('507', 'api_error'),
      becomes: { error: { kind: 'transient', executed: 'maybe' } },
    },
  ],
})
