import { InputMark } from '../../src/core/upstream.ts'
import { oxen } from '../../src/providers/oxen.ts'
import { providerContract } from './contract.ts'
import { order, staged } from './orders.ts'

const KLEIN = 'black-forest-labs-flux-2-klein-4b'

/** A poll's answer as Oxen's page on the queue shows it. */
const job = (status: string, rest: object = {}) => ({
  generation_id: 'g1',
  model_name: KLEIN,
  prompt: 'A watercolor painting',
  media_type: 'image',
  status,
  result_url: null,
  error_message: null,
  enqueued_at: 1_790_000_000,
  started_at: null,
  completed_at: null,
  ...rest,
})
const failed = (error_message: string) => job('failed', { error_message })
const pending = { kind: 'pending', handle: { v: 1, id: 'g1', stage: 'poll' }, pollAfterMs: null }

providerContract(oxen, {
  model: KLEIN,
  edits: true,
  count: null,
  promptOf: ({ prompt }) => prompt,
  endUser: null,
  sends: [
    {
      name: 'a generation in the words of klein',
      order: order(KLEIN, {
        prompt: 'a cube',
        aspect: { width: 16, height: 9 },
        quality: 'high',
        format: 'jpeg',
        seed: 42,
        steps: 20,
        guidance: 2.5,
      }),
      path: '/ai/queue',
      body: {
        json: {
          model: KLEIN,
          prompt: 'a cube',
          aspect_ratio: '16:9',
          num_inference_steps: 20,
          guidance_scale: 2.5,
          seed: 42,
          output_format: 'jpg',
          output_quality: 'high',
        },
      },
    },
    {
      name: 'an edit in the words of other models, with the seed of its own call',
      order: order(
        'flux-2-pro',
        { inputs: [staged, staged], guidance: 2, compression: 80, format: 'webp', seed: 5 },
        { seed: 7 },
      ),
      path: '/ai/queue',
      body: {
        json: {
          model: 'flux-2-pro',
          prompt: 'a red cube',
          input_image: [new InputMark(0, 'reference'), new InputMark(1, 'reference')],
          guidance: 2,
          seed: 7,
          output_format: 'webp',
          output_quality: 80,
        },
      },
    },
    {
      name: 'megapixels and the shape of the input in the words of FLUX.2',
      order: order('flux-2-pro', {
        inputs: [staged],
        resolution: '2 MP',
        providerOptions: { aspect_ratio: 'match_input_image' },
      }),
      path: '/ai/queue',
      body: {
        json: {
          model: 'flux-2-pro',
          prompt: 'a red cube',
          input_image: [new InputMark(0, 'reference')],
          aspect_ratio: 'match_input_image',
          resolution: '2 MP',
        },
      },
    },
    {
      name: 'one input alone for models that take no list',
      order: order('qwen-image-edit', { inputs: [staged] }),
      path: '/ai/queue',
      body: {
        json: {
          model: 'qwen-image-edit',
          prompt: 'a red cube',
          input_image: new InputMark(0, 'reference'),
        },
      },
    },
  ],
  submit: [
    {
      name: 'a place in the queue',
      reply: { generations: [{ generation_id: 'g1', status: 'queued' }] },
      becomes: pending,
    },
    {
      name: 'an acceptance without an id as lost',
      reply: { generations: [] },
      becomes: { kind: 'failed', error: { kind: 'lost', executed: 'maybe' } },
    },
  ],
  poll: {
    unseen: (status) => job(status),
    states: ['queued', 'processing', 'succeeded', 'failed', 'cancelled'],
    answers: [
      {
        name: 'a queued job',
        reply: job('queued'),
        becomes: { ...pending, progress: { stage: 'queued' } },
      },
      {
        name: 'a running job',
        reply: job('processing'),
        becomes: { ...pending, progress: { stage: 'drawing' } },
      },
      {
        name: 'an image',
        reply: job('succeeded', { result_url: 'https://hub.oxen.ai/a.png?sig=abc', seed: 42 }),
        becomes: {
          kind: 'done',
          images: [{ from: { url: 'https://hub.oxen.ai/a.png?sig=abc' }, seed: 42 }],
        },
      },
      {
        name: 'a success without an image',
        reply: job('succeeded'),
        becomes: { kind: 'failed', error: { kind: 'no_image', executed: 'yes', status: 200 } },
      },
      {
        name: 'an empty account',
        reply: failed('Insufficient credits'),
        becomes: { kind: 'failed', error: { kind: 'credit', executed: 'no' } },
      },
      {
        name: 'parameters that the model refuses',
        reply: failed('Getting model response error: 422 - Value error, aspect_ratio'),
        becomes: { kind: 'failed', error: { kind: 'invalid', executed: 'no' } },
      },
      {
        name: 'content that the model refuses',
        reply: failed('The output was flagged by our safety filter'),
        becomes: { kind: 'refused' },
      },
      {
        name: 'a crash',
        reply: failed('worker died'),
        becomes: { kind: 'failed', error: { kind: 'transient', executed: 'maybe', status: 200 } },
      },
      {
        name: 'a cancelled job',
        reply: job('cancelled'),
        becomes: { kind: 'failed', error: { executed: 'maybe' } },
      },
    ],
  },
  errors: [
    {
      name: 'a wrong key',
      status: 401,
      reply: { error: { type: 'unauthenticated', title: 'Unauthenticated' }, status: 'error' },
      becomes: { error: { kind: 'auth' } },
    },
    {
      name: 'an unknown model',
      status: 404,
      reply: { error: { message: 'Model not found: bad-model-name' } },
      becomes: { error: { kind: 'notfound', executed: 'no' } },
    },
    {
      name: 'a job that is gone',
      during: 'poll',
      status: 404,
      reply: { error: { type: 'resource_not_found' }, status_message: 'resource_not_found' },
      becomes: { error: { kind: 'lost' } },
    },
    {
      name: 'an empty account, whatever its status',
      status: 400,
      reply: { error: { message: 'Insufficient credits' } },
      becomes: { error: { kind: 'credit', executed: 'no' } },
    },
    {
      name: 'an overloaded queue',
      status: 503,
      reply: null,
      becomes: { error: { kind: 'capacity', executed: 'no' } },
    },
  ],
})
