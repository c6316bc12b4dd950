import { it } from 'vitest'
import { InputMark } from '../../src/core/upstream.ts'
import { openaiResponses } from '../../src/providers/openai-responses.ts'
import { providerContract } from './contract.ts'
import { order, staged } from './orders.ts'

/** A stored response as OpenAI's types and examples show it. */
const response = (status: string, rest: object = {}) => ({
  id: 'g1',
  object: 'response',
  created_at: 1_790_000_000,
  status,
  background: true,
  error: null,
  incomplete_details: null,
  output: [],
  usage: null,
  ...rest,
})
const drawn = (rest: object) => ({
  id: 'ig_1',
  type: 'image_generation_call',
  status: 'completed',
  result: null,
  ...rest,
})
const tokens = (input_tokens: number, output_tokens: number) => ({ input_tokens, output_tokens })
const failed = (code: string) => response('failed', { error: { code, message: 'Said by OpenAI.' } })
const pending = { kind: 'pending', handle: { v: 1, id: 'g1', stage: 'poll' }, pollAfterMs: null }
const noImage = { kind: 'failed', error: { kind: 'no_image', executed: 'yes', status: 200 } }

providerContract(openaiResponses, {
  model: 'gpt-image-2',
  edits: true,
  count: null,
  promptOf: ({ input }) => (input as [{ content: [{ text: string }] }])[0].content[0].text,
  endUser: 'safety_identifier',
  sends: [
    {
      name: 'a generation in the background',
      order: order('gpt-image-2', { prompt: 'a cube', quality: 'hd', format: 'jpeg' }),
      path: '/responses',
      body: {
        json: {
          model: 'gpt-5.4-mini',
          instructions:
            'Call image_generation exactly once, with the text of the user as the prompt, word for word.',
          input: [{ role: 'user', content: [{ type: 'input_text', text: 'a cube' }] }],
          tools: [
            {
              type: 'image_generation',
              model: 'gpt-image-2',
              action: 'generate',
              quality: 'high',
              output_format: 'jpeg',
            },
          ],
          tool_choice: { type: 'image_generation' },
          background: true,
          store: true,
        },
      },
    },
    {
      name: 'an edit with a mask',
      order: order('gpt-image-1.5', { inputs: [staged], mask: staged, inputFidelity: 'low' }),
      path: '/responses',
      body: {
        json: {
          model: 'gpt-5.4-mini',
          instructions:
            'Call image_generation exactly once, with the text of the user as the prompt, word for word.',
          input: [
            {
              role: 'user',
              content: [
                { type: 'input_text', text: 'a red cube' },
                { type: 'input_image', image_url: new InputMark(0, 'reference') },
              ],
            },
          ],
          tools: [
            {
              type: 'image_generation',
              model: 'gpt-image-1.5',
              action: 'edit',
              input_fidelity: 'low',
              input_image_mask: { image_url: new InputMark(-1, 'reference') },
            },
          ],
          tool_choice: { type: 'image_generation' },
          background: true,
          store: true,
        },
      },
    },
  ],
  submit: [
    { name: 'a place in the queue', reply: response('queued'), becomes: pending },
    {
      name: 'an acceptance without an id as lost',
      reply: { ...response('queued'), id: null },
      becomes: { kind: 'failed', error: { kind: 'lost', executed: 'maybe' } },
    },
  ],
  poll: {
    unseen: (status) => response(status),
    states: ['queued', 'in_progress', 'completed', 'failed', 'cancelled', 'incomplete'],
    answers: [
      {
        name: 'a queued response',
        reply: response('queued'),
        becomes: { ...pending, progress: { stage: 'queued' } },
      },
      {
        name: 'a running response',
        reply: response('in_progress'),
        becomes: { ...pending, progress: { stage: 'drawing' } },
      },
      {
        name: 'an image among other output, and its own tokens',
        reply: response('completed', {
          output: [
            { type: 'reasoning', summary: [] },
            drawn({ result: { $image: 0 }, revised_prompt: 'A cube.' }),
            { type: 'message', content: [{ type: 'output_text', text: 'Done.' }] },
          ],
          usage: tokens(300, 20),
          tool_usage: { image_gen: tokens(9, 4160) },
        }),
        becomes: {
          kind: 'done',
          images: [{ from: { found: 0 }, revisedPrompt: 'A cube.' }],
          usage: { inputTokens: 9, outputTokens: 4160 },
        },
      },
      { name: 'an end without an image', reply: response('completed'), becomes: noImage },
      {
        name: 'words in place of an image',
        reply: response('completed', {
          output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] }],
        }),
        becomes: { kind: 'refused' },
      },
      {
        name: 'a call that was moderated',
        reply: response('completed', {
          output: [drawn({ status: 'failed', error: { code: 'moderation_blocked' } })],
        }),
        becomes: { kind: 'refused' },
      },
      {
        name: 'a prompt that was flagged',
        reply: failed('invalid_prompt'),
        becomes: { kind: 'refused' },
      },
      {
        name: 'a crash, which may have cost money',
        reply: failed('server_error'),
        becomes: { kind: 'failed', error: { kind: 'transient', executed: 'maybe', status: 200 } },
      },
      {
        name: 'an input that could not be downloaded',
        reply: failed('failed_to_download_image'),
        becomes: { kind: 'failed', error: { kind: 'invalid', executed: 'no' } },
      },
      {
        name: 'a cancelled response',
        reply: response('cancelled'),
        becomes: { kind: 'failed', error: { executed: 'maybe' } },
      },
      {
        name: 'a response that a filter cut off',
        reply: response('incomplete', { incomplete_details: { reason: 'content_filter' } }),
        becomes: { kind: 'refused' },
      },
      {
        name: 'a response that its length cut off',
        reply: response('incomplete', { incomplete_details: { reason: 'max_output_tokens' } }),
        becomes: noImage,
      },
    ],
  },
  errors: [
    {
      name: 'a response that is gone',
      during: 'poll',
      status: 404,
      reply: {
        error: { message: "Response with id 'g1' not found.", type: 'invalid_request_error' },
      },
      becomes: { error: { kind: 'lost', executed: 'maybe' } },
    },
    {
      name: 'a model that is gone',
      status: 404,
      reply: { error: { code: 'model_not_found', type: 'invalid_request_error', message: '' } },
      becomes: { error: { kind: 'notfound', executed: 'no' } },
    },
  ],
})

it('does not tell the tokens of the language model as those of the image', ({ expect }) => {
  const json = response('completed', {
    output: [drawn({ result: 'iVBORw0KGgo=' })],
    usage: tokens(300, 20),
  })
  const outcome = openaiResponses.readPoll!({
    status: 200,
    headers: new Headers(),
    json,
  })
  expect(outcome).toMatchObject({ kind: 'done', images: [{ from: { base64: 'iVBORw0KGgo=' } }] })
  expect(outcome).not.toHaveProperty('usage')
})
