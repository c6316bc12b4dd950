import type { GenerationRequest } from '../../src/core/request.ts'
import { InputMark } from '../../src/core/upstream.ts'
import { httpProviders } from '../../src/providers/http-providers.ts'
import { GENERATE, asked, base64, common, invalid } from './compatible-common.ts'
import { providerContract } from './contract.ts'
import { order, staged } from './orders.ts'

const flat = (statusCode: number | string, message: string) => ({
  message,
  path: '/v1/images/generations',
  requestId: '1c7c2b0e',
  statusCode,
  timestamp: '2026-08-21T10:00:00.000Z',
})

const size = { width: 1024, height: 768 }
const mark = new InputMark(0, 'reference')

/** One model of each family of names: what is asked, and its body beside model and prompt. */
const FAMILIES: [model: string, Partial<GenerationRequest>, json: object][] = [
  ['alibaba/qwen-image', { size, count: 2 }, { num_images: 2, image_size: size }],
  ['alibaba/qwen-image-3-edit', { inputs: [staged] }, { num_images: 1, image_urls: [mark] }],
  ['alibaba/qwen-image-2-0', { inputs: [staged] }, { image_urls: [mark] }],
  ['alibaba/qwen-image-edit', { inputs: [staged] }, { image: mark }],
  ['blackforestlabs/flux-2', { steps: 20 }, { num_images: 1, num_inference_steps: 20 }],
  ['blackforestlabs/flux-2-pro', { moderation: 'low' }, { safety_tolerance: '5' }],
  ['bytedance/seedream-4-5', { size, inputs: [staged] }, { image_size: size, image_urls: [mark] }],
  ['bytedance/seedream-3.0', { size, seed: 7 }, { size: '1024x768', seed: 7 }],
  ['flux/srpo/image-to-image', { inputs: [staged] }, { num_images: 1, image_url: mark }],
  ['google/nano-banana-2', { aspect: { width: 4, height: 3 } }, { aspect_ratio: '4:3' }],
  ['luma/uni-1', { format: 'png' }, { output_format: 'png' }],
  ['reve/edit-image', { inputs: [staged] }, { image_url: mark }],
  ['reve/remix-edit-image', { inputs: [staged] }, { image_urls: [mark] }],
  ['x-ai/grok-2-image', { size, count: 3 }, { n: 3 }],
]

providerContract(httpProviders.get('aimlapi')!, {
  ...common,
  model: 'flux/kontext-max/text-to-image',
  count: 'num_images',
  sends: [
    {
      name: 'a ratio and a tolerance',
      order: order('flux/kontext-max/text-to-image', {
        ...asked,
        size: null,
        aspect: { width: 21, height: 9 },
        moderation: 'low',
        format: 'png',
        negativePrompt: null,
        steps: null,
      }),
      path: GENERATE,
      body: {
        json: {
          model: 'flux/kontext-max/text-to-image',
          prompt: 'a cube',
          num_images: 2,
          aspect_ratio: '21:9',
          output_format: 'png',
          safety_tolerance: '5',
          seed: 7,
          guidance_scale: 3.5,
        },
      },
    },
    {
      name: 'a size as an object',
      order: order('flux/dev', { size: { width: 768, height: 512 }, moderation: 'auto' }),
      path: GENERATE,
      body: {
        json: {
          model: 'flux/dev',
          prompt: 'a red cube',
          num_images: 1,
          image_size: { width: 768, height: 512 },
        },
      },
    },
    {
      name: 'one input alone',
      order: order('flux/kontext-max/image-to-image', { inputs: [staged] }),
      path: GENERATE,
      body: {
        json: {
          model: 'flux/kontext-max/image-to-image',
          prompt: 'a red cube',
          num_images: 1,
          image_url: new InputMark(0, 'reference'),
        },
      },
    },
    ...FAMILIES.map(([model, given, json]) => ({
      name: `what ${model} understands`,
      order: order(model, given),
      path: GENERATE,
      body: { json: { model, prompt: 'a red cube', ...json } },
    })),
    {
      name: 'several inputs as a list',
      order: order('flux/kontext-max/image-to-image', { inputs: [staged, staged] }),
      path: GENERATE,
      body: {
        json: {
          model: 'flux/kontext-max/image-to-image',
          prompt: 'a red cube',
          num_images: 1,
          image_url: [new InputMark(0, 'reference'), new InputMark(1, 'reference')],
        },
      },
    },
  ],
  submit: [
    base64,
    {
      name: 'the older form with its seed',
      reply: {
        images: [
          { url: 'https://cdn.example/files/ab12.jpg', width: 1568, height: 672 },
          { url: 'https://cdn.example/files/cd34.jpg', width: 1568, height: 672 },
        ],
        timings: {},
        seed: 1_617_845_674,
        has_nsfw_concepts: [false, false],
        prompt: 'A T-Rex relaxing on a beach',
      },
      becomes: {
        kind: 'done',
        images: [
          { from: { url: 'https://cdn.example/files/ab12.jpg' }, seed: 1_617_845_674 },
          { from: { url: 'https://cdn.example/files/cd34.jpg' }, seed: null },
        ],
      },
    },
    {
      name: 'both forms at once',
      reply: {
        data: [{ url: 'https://cdn.example/a.jpg', b64_json: null }],
        images: [{ url: 'https://cdn.example/a.jpg' }],
        meta: { usage: { credits_used: 120_000 } },
      },
      becomes: { kind: 'done', images: [{ from: { url: 'https://cdn.example/a.jpg' } }] },
    },
    {
      name: 'a blackened image as a refusal',
      reply: { images: [{ url: 'https://cdn.example/a.jpg' }], has_nsfw_concepts: [true] },
      becomes: { kind: 'refused' },
    },
  ],
  errors: [
    {
      name: 'an empty account',
      status: 403,
      reply: flat(403, "You've run out of credits. Please top up."),
      becomes: { error: { kind: 'credit', executed: 'no' } },
    },
    {
      name: 'a forbidden key',
      status: 403,
      reply: flat('403', 'Forbidden resource'),
      becomes: { error: { kind: 'auth' } },
    },
    {
      name: 'a value out of range, whatever its name',
      status: 400,
      reply: flat(400, 'Body validation error!\nInvalid enum value for balance'),
      becomes: invalid,
    },
    {
      name: 'a generation that took too long',
      status: 504,
      reply: flat(504, 'Generation timeout'),
      becomes: { error: { kind: 'transient', executed: 'maybe' } },
    },
  ],
})
