import { InputMark } from '../../src/core/upstream.ts'
import { openai } from '../../src/providers/openai.ts'
import { providerContract } from './contract.ts'
import { order, staged } from './orders.ts'

const USAGE = {
  input_tokens: 50,
  output_tokens: 4160,
  total_tokens: 4210,
  input_tokens_details: { text_tokens: 10, image_tokens: 40 },
}
const usage = {
  inputTokens: 50,
  outputTokens: 4160,
  inputTextTokens: 10,
  inputImageTokens: 40,
  cachedTextTokens: 0,
  cachedImageTokens: 0,
  outputTextTokens: 0,
}
const DRAWN = { size: '1024x1024', quality: 'high', background: 'opaque', output_format: 'png' }
const error = (code: string | null, type: string, param: string | null = null) => ({
  error: { message: 'Said by OpenAI.', type, param, code },
})
const noImage = { kind: 'failed', error: { kind: 'no_image', executed: 'yes' } }

providerContract(openai, {
  model: 'gpt-image-2',
  edits: true,
  count: 'n',
  promptOf: ({ prompt }) => prompt,
  endUser: 'safety_identifier',
  sends: [
    {
      name: 'a generation',
      order: order('gpt-image-2', {
        prompt: 'a cube',
        count: 2,
        size: { width: 1536, height: 1024 },
        quality: 'hd',
        style: 'vivid',
        background: 'transparent',
        format: 'webp',
        compression: 70,
        moderation: 'low',
        endUser: 'u1',
        inputFidelity: 'high',
      }),
      path: '/images/generations',
      body: {
        json: {
          model: 'gpt-image-2',
          prompt: 'a cube',
          n: 2,
          size: '1536x1024',
          quality: 'high',
          background: 'transparent',
          output_format: 'webp',
          output_compression: 70,
          moderation: 'low',
          safety_identifier: 'u1',
        },
      },
    },
    {
      name: 'a generation with partial images, as a stream',
      order: order('gpt-image-2', { partials: 2, quality: 'standard' }),
      path: '/images/generations',
      body: {
        json: {
          model: 'gpt-image-2',
          prompt: 'a red cube',
          n: 1,
          quality: 'medium',
          stream: true,
          partial_images: 2,
        },
      },
    },
    {
      name: 'an edit with a mask, as JSON',
      order: order('gpt-image-1.5', {
        operation: 'edit',
        inputs: [staged, staged],
        mask: staged,
        inputFidelity: 'high',
      }),
      path: '/images/edits',
      body: {
        json: {
          model: 'gpt-image-1.5',
          prompt: 'a red cube',
          n: 1,
          input_fidelity: 'high',
          images: [
            { image_url: new InputMark(0, 'reference') },
            { image_url: new InputMark(1, 'reference') },
          ],
          mask: { image_url: new InputMark(-1, 'reference') },
        },
      },
    },
  ],
  submit: [
    {
      name: 'two images that went to R2, and their tokens',
      reply: {
        created: 1,
        data: [{ b64_json: { $image: 0 } }, { b64_json: { $image: 1 }, revised_prompt: 'A cube.' }],
        usage: USAGE,
        ...DRAWN,
      },
      becomes: {
        kind: 'done',
        images: [
          { from: { found: 0 }, seed: null, revisedPrompt: null },
          { from: { found: 1 }, revisedPrompt: 'A cube.' },
        ],
        usage,
      },
    },
    {
      name: 'an image too short for the extractor',
      reply: { created: 1, data: [{ b64_json: 'iVBORw0KGgo=' }] },
      becomes: { kind: 'done', images: [{ from: { base64: 'iVBORw0KGgo=' } }] },
    },
    {
      name: 'a URL, as other services answer it',
      reply: { created: 1, data: [{ url: 'https://cdn.example/a.png?sig=1', b64_json: null }] },
      becomes: { kind: 'done', images: [{ from: { url: 'https://cdn.example/a.png?sig=1' } }] },
    },
    { name: 'an answer without images', reply: { created: 1, data: [] }, becomes: noImage },
    { name: 'an answer that is no JSON', reply: null, becomes: noImage },
    {
      name: 'what is left of a broken list',
      reply: { data: [null, 3, { url: 'file:///etc/passwd' }, { b64_json: { $image: 0 } }] },
      becomes: { kind: 'done', images: [{ from: { found: 0 } }] },
    },
  ],
  events: [
    {
      name: 'a partial image',
      event: 'image_generation.partial_image',
      json: { b64_json: { $image: 3 }, partial_image_index: 1, created_at: 1, ...DRAWN },
      becomes: { kind: 'partial', n: 0, k: 1, found: 3 },
    },
    {
      name: 'the image',
      event: 'image_generation.completed',
      json: { b64_json: { $image: 4 }, created_at: 1, usage: USAGE, ...DRAWN },
      becomes: {
        kind: 'final',
        outcome: { kind: 'done', images: [{ from: { found: 4 } }], usage },
      },
    },
    {
      name: 'a partial image of an edit',
      event: 'image_edit.partial_image',
      json: { b64_json: { $image: 0 }, partial_image_index: 0 },
      becomes: { kind: 'partial', n: 0, k: 0, found: 0 },
    },
    {
      name: 'an edited image',
      event: 'image_edit.completed',
      json: { b64_json: { $image: 1 } },
      becomes: { kind: 'final' },
    },
    {
      name: 'an end without an image',
      event: 'image_generation.completed',
      json: { created_at: 1 },
      becomes: noImage,
    },
    {
      name: 'a refusal after the start',
      event: 'error',
      json: { type: 'error', ...error('moderation_blocked', 'image_generation_user_error') },
      becomes: { kind: 'refused' },
    },
    {
      name: 'a failure after the start, which may have cost money',
      event: 'error',
      json: { type: 'error', code: 'server_error', message: 'Oops', param: null },
      becomes: { kind: 'failed', error: { kind: 'transient', executed: 'maybe' } },
    },
    {
      name: 'a limit after the start, which may have cost money too',
      event: 'error',
      json: error('rate_limit_exceeded', 'requests'),
      becomes: { kind: 'failed', error: { kind: 'rate', executed: 'maybe' } },
    },
    {
      name: 'an input that could not be read',
      event: 'error',
      json: error('invalid_image', 'invalid_request_error'),
      becomes: { kind: 'failed', error: { kind: 'invalid', executed: 'no' } },
    },
    { name: 'an event of another kind', event: 'ping', json: null, becomes: { kind: 'nothing' } },
  ],
  errors: [
    {
      name: 'a refusal of the safety system',
      status: 400,
      reply: error('moderation_blocked', 'image_generation_user_error'),
      becomes: { kind: 'refused' },
    },
    {
      name: 'a refusal that comes as a crash',
      status: 500,
      reply: error('moderation_blocked', 'image_generation_user_error'),
      becomes: { kind: 'refused' },
    },
    {
      name: 'an older refusal',
      status: 400,
      reply: error('content_policy_violation', 'invalid_request_error'),
      becomes: { kind: 'refused' },
    },
    {
      name: 'the field at fault',
      status: 400,
      reply: error('invalid_value', 'invalid_request_error', 'size'),
      becomes: {
        error: { kind: 'invalid', executed: 'no', shown: { status: 400, param: 'size' } },
      },
    },
    {
      name: 'a limit with the time to wait, in ms first',
      status: 429,
      headers: { 'retry-after-ms': '1500', 'retry-after': '9' },
      reply: error('rate_limit_exceeded', 'requests'),
      becomes: { error: { kind: 'rate', retryAfterMs: 1500 } },
    },
    {
      name: 'a limit that ends at a time of day',
      status: 429,
      headers: {
        date: 'Fri, 20 Nov 2026 10:00:00 GMT',
        'retry-after': 'Fri, 20 Nov 2026 10:00:30 GMT',
      },
      reply: null,
      becomes: { error: { kind: 'rate', retryAfterMs: 30_000 } },
    },
    {
      name: 'a time of day without a clock to compare it with',
      status: 429,
      headers: { 'retry-after': 'Fri, 20 Nov 2026 10:00:30 GMT' },
      reply: null,
      becomes: { error: { kind: 'rate', retryAfterMs: null } },
    },
    {
      name: 'an empty account',
      status: 429,
      reply: error('insufficient_quota', 'insufficient_quota'),
      becomes: { error: { kind: 'credit', executed: 'no' } },
    },
    {
      name: 'a reached hard limit',
      status: 400,
      reply: error('billing_hard_limit_reached', 'invalid_request_error'),
      becomes: { error: { kind: 'credit' } },
    },
    {
      name: 'a model that is gone',
      status: 404,
      reply: error('model_not_found', 'invalid_request_error'),
      becomes: { error: { kind: 'notfound' } },
    },
    {
      name: 'an unverified organisation',
      status: 403,
      reply: error(null, 'invalid_request_error'),
      becomes: { error: { kind: 'auth', executed: 'no' } },
    },
    {
      name: 'an overload',
      status: 503,
      reply: error('server_is_overloaded', 'service_unavailable_error'),
      becomes: { error: { kind: 'capacity', executed: 'no' } },
    },
    {
      name: 'a 503 of nobody knows whom',
      status: 503,
      reply: null,
      becomes: { error: { kind: 'transient', executed: 'maybe' } },
    },
    {
      name: 'a 500 that names a code all the same',
      status: 500,
      reply: error('rate_limit_exceeded', 'server_error'),
      becomes: { error: { kind: 'transient', executed: 'maybe' } },
    },
  ],
})
