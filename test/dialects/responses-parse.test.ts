import { describe, it } from 'vitest'
import { newJobId, itemId, showResponseId } from '../../src/core/ids.ts'
import { StagedInput } from '../../src/core/staged-input.ts'
import { echoOf, faultOf, parse, withImage, withTool } from './parsed.ts'

const URL = 'https://example.test/a.png'
const staged = { r2: 'inputs/t/b/0', type: 'image/png', bytes: 7, sha256: 'ab' }
const text = (it: string) => ({ type: 'input_text', text: it })
const image = (url: unknown) => ({ type: 'input_image', image_url: url })
const user = (...content: unknown[]) => ({ role: 'user', content })

describe('the input of a response', () => {
  it('is a prompt, word for word', ({ expect }) => {
    const { request, delivery, dialect } = parse({ input: ' a  red cube\n' })
    expect(request).toMatchObject({ operation: 'generate', prompt: ' a  red cube\n', count: 1 })
    expect(delivery).toEqual({ format: 'both', mode: 'wait', waitMs: null })
    expect(dialect).toBe('responses-waited')
  })

  it.for([
    ['the image first', [image(URL), text('as oil')]],
    ['the text first', [text('as oil'), image(URL)]],
  ] as const)('holds text and image in any order: %s', ([, content], { expect }) => {
    const { request } = parse({ input: [user(...content)] })
    expect(request).toMatchObject({ operation: 'edit', prompt: 'as oil', inputs: [{ url: URL }] })
  })

  it('takes an image that came as a data URL', ({ expect }) => {
    const { request } = parse({ input: [user(text('x'), image(new StagedInput(staged)))] })
    expect(request.inputs).toEqual([staged])
    const file = { type: 'input_file', filename: 'a.png', file_data: new StagedInput(staged) }
    expect(parse({ input: [user(text('x'), file)] }).request.inputs).toEqual([staged])
  })

  it('of several messages is what rules them and the last of the user', ({ expect }) => {
    const input = [
      { role: 'system', content: 'Only line art.' },
      user(text('a cat'), image(`${URL}?1`)),
      { role: 'assistant', content: [{ type: 'output_text', text: 'Here.' }] },
      { type: 'message', role: 'developer', content: [text('No'), text('colours.')] },
      user(text('now'), text('a dog')),
    ]
    const { request } = parse({ input, instructions: 'Be brief.' })
    expect(request.prompt).toBe('Be brief.\n\nOnly line art.\n\nNo colours.\n\nnow a dog')
    expect(request.inputs).toEqual([{ url: `${URL}?1` }])
    const newer = parse({ input: [...input, user(text('a fox'), image(`${URL}?2`))] })
    expect(newer.request.inputs).toEqual([{ url: `${URL}?2` }])
  })

  it('may put earlier answers back, by the response or by its items', ({ expect }) => {
    const [a, b] = [newJobId(), newJobId()]
    const input = [
      { type: 'image_generation_call', id: itemId('ig', a, 2) },
      { type: 'item_reference', id: itemId('msg', b, 0) },
      { type: 'item_reference', id: 'rs_1' },
      { type: 'reasoning', id: 'rs_2', summary: [] },
      user(text('again')),
    ]
    const { earlier } = parse({ input, previous_response_id: showResponseId(a) })
    expect(earlier).toEqual([
      { job: a, n: null, param: 'previous_response_id' },
      { job: a, n: 2, param: 'input.0.id' },
      { job: b, n: null, param: 'input.1.id' },
    ])
    const foreign = { type: 'image_generation_call', id: 'ig_68a1', result: null }
    expect(parse({ input: [foreign, user(text('x'))] }).earlier).toMatchObject([{ job: null }])
  })

  it.for<[string, unknown, string]>([
    ['nothing', undefined, 'input'],
    ['an empty text', '', 'input'],
    ['blanks', '  ', 'input'],
    ['no message', [], 'input'],
    ['a number', 5, 'input'],
    ['an image without a text', [user(image(URL))], 'input'],
    ['no message of the user', [{ role: 'system', content: 'x' }], 'input'],
    ['a role that nobody has', [{ role: 'tool', content: 'x' }], 'input.0.role'],
    ['another scheme', [user(text('x'), image('ftp://a/b'))], 'input.0.content.1.image_url'],
    [
      'an image of a file',
      [user(text('x'), { type: 'input_image', file_id: 'f' })],
      'input.0.content.1.file_id',
    ],
    [
      'an image without an address',
      [user(text('x'), { type: 'input_image' })],
      'input.0.content.1.image_url',
    ],
    ['a file', [user(text('x'), { type: 'input_file', file_url: URL })], 'input.0.content.1.type'],
    [
      'a video',
      [user(text('x'), { type: 'input_video', video_url: URL })],
      'input.0.content.1.type',
    ],
    [
      'a broken image',
      [user(text('x'), image(new StagedInput({ fault: 'broken' })))],
      'input.0.content.1.image_url',
    ],
    ['17 images', [user(text('x'), ...Array(17).fill(image(URL)))], 'input.0.content.17.image_url'],
  ])('is refused by name: %s', ([, input, param], { expect }) => {
    expect(faultOf({ input })).toMatchObject({ status: 400, param })
  })
})

describe('provider_options.image of Modular MAX', () => {
  it('is understood, and what only MAX knows is handed on under its name', ({ expect }) => {
    const own = {
      true_cfg_scale: 4,
      secondary_prompt: 'b',
      secondary_negative_prompt: 'c',
      strength: 0.6,
      cfg_normalization: true,
      cfg_truncation: 1,
      flow_shift: 3,
    }
    const all = { width: 1920, height: 1080, steps: 28, guidance_scale: 3.5, negative_prompt: 'd' }
    const { request, delivery } = parse({
      ...withImage({
        ...own,
        ...all,
        num_images: 3,
        output_format: 'webp',
        response_format: 'url',
      }),
      seed: 7,
    })
    expect(request).toMatchObject({
      size: { width: 1920, height: 1080 },
      steps: 28,
      guidance: 3.5,
      negativePrompt: 'd',
      count: 3,
      format: 'webp',
      seed: 7,
      providerOptions: own,
    })
    expect(delivery.format).toBe('url')
  })

  it('is base64 unless links are asked for, whatever else is said', ({ expect }) => {
    for (const options of [
      undefined,
      null,
      {},
      { max: {} },
      { max: { target_endpoint: 'a' } },
      { image: null },
    ])
      expect(parse({ provider_options: options }).delivery.format).toBe('both')
  })

  it('leaves the count to n where it says nothing', ({ expect }) => {
    expect(parse({ n: 2 }).request.count).toBe(2)
    expect(parse({ n: 2, ...withImage({ num_images: 4 }) }).request.count).toBe(4)
  })

  // Boundary values of max-responses.md section 2.3, those inside first.
  it.for<[string, unknown[], unknown[]]>([
    ['steps', [1, null], [0, -1, 1.5, '1']],
    ['guidance_scale', [0, 1.01, 3.5], [-0.01, '1']],
    ['true_cfg_scale', [0.01, 1], [0, -1]],
    ['strength', [0.01, 1], [0, 1.01]],
    ['cfg_truncation', [0.5], [0]],
    ['flow_shift', [null, 0.5], [0]],
    ['cfg_normalization', [true, false], [1]],
    ['num_images', [1, 10], [0, 11]],
    ['output_format', ['jpeg', 'png', 'webp'], ['jpg', 'gif', 'PNG']],
    ['response_format', ['url', 'b64_json'], ['base64']],
    ['negative_prompt', ['', null], [5]],
    ['secondary_prompt', ['x', null], [[]]],
    ['foo', [], [1, null]],
  ])('accepts %s within its range and names it outside', ([name, good, bad], { expect }) => {
    for (const value of good)
      expect([value, faultOf(withImage({ [name]: value }))]).toEqual([value, null])
    for (const value of bad) {
      const fault = faultOf(withImage({ [name]: value }))
      expect([value, fault?.status]).toEqual([value, 400])
      expect(`${fault?.param} ${fault?.message}`).toContain(name)
    }
  })

  it.for([120, 513, 127, 20_008, 128.5, '512'])('has no side of %s', (side, { expect }) => {
    const fault = faultOf(withImage({ width: side, height: 512 }))
    expect(fault).toMatchObject({ status: 400, param: 'provider_options.image.width' })
  })

  it.for<[Record<string, unknown>, string]>([
    [{ provider_options: { foo: 1 } }, 'provider_options'],
    [{ provider_options: { max: { foo: 1 } } }, 'provider_options.max'],
    [{ provider_options: { video: {} } }, 'provider_options'],
    [withImage({ width: 512 }), 'provider_options.image.height'],
  ])('refuses %j', ([fields, param], { expect }) => {
    expect(faultOf(fields)).toMatchObject({ status: 400, param })
  })
})

describe('the image_generation tool', () => {
  it('says what is drawn, and by which model', ({ expect }) => {
    const tool = {
      model: 'gpt-image-1.5',
      size: '1536x1024',
      quality: 'high',
      background: 'opaque',
      output_format: 'webp',
      output_compression: 80,
      moderation: 'low',
      partial_images: 2,
      input_fidelity: 'high',
      input_image_mask: { image_url: new StagedInput(staged) },
    }
    const { request, delivery } = parse({ model: 'gpt-5.4', ...withTool(tool), stream: true })
    expect(request).toMatchObject({
      model: 'gpt-image-1.5',
      size: { width: 1536, height: 1024 },
      quality: 'high',
      background: 'opaque',
      format: 'webp',
      compression: 80,
      moderation: 'low',
      partials: 2,
      inputFidelity: 'high',
      mask: staged,
    })
    expect(delivery.mode).toBe('stream')
    expect(parse(withTool(tool)).request.partials).toBe(0)
  })

  it.for([
    ['gpt-5.4-mini', undefined, 'gpt-image-2'],
    ['o4-mini', undefined, 'gpt-image-2'],
    ['gpt-image-1.5', undefined, 'gpt-image-1.5'],
    ['chatgpt-image-latest', undefined, 'chatgpt-image-latest'],
    ['black-forest-labs/FLUX.2-dev', undefined, 'black-forest-labs/FLUX.2-dev'],
    ['gpt-5.4', 'sketch-1', 'sketch-1'],
  ] as const)('asked of %s with model %s draws with %s', ([model, own, drawn], { expect }) => {
    const submission = parse({ model, ...withTool(own ? { model: own } : {}) })
    expect(submission.request.model).toBe(drawn)
    expect(echoOf({ model, ...withTool() }).shown['model']).toBe(model)
  })

  it('draws anew or edits as its action says', ({ expect }) => {
    const input = [user(text('x'), image(URL))]
    expect(parse({ input, ...withTool({ action: 'generate' }) }).request).toMatchObject({
      operation: 'generate',
      inputs: [],
    })
    expect(parse({ input, ...withTool({ action: 'auto' }) }).request.operation).toBe('edit')
    expect(parse(withTool({ action: 'edit' })).request.operation).toBe('edit')
  })

  it.for<[string, unknown]>([
    ['size', '1024'],
    ['quality', 'best'],
    ['output_format', 'svg'],
    ['output_compression', 101],
    ['partial_images', 4],
    ['background', 'red'],
    ['moderation', 'high'],
    ['action', 'draw'],
    ['input_fidelity', 'mid'],
    ['model', ''],
    ['svg', {}],
  ])('is refused with %s %j', ([name, value], { expect }) => {
    expect(faultOf(withTool({ [name]: value }))).toMatchObject({
      status: 400,
      param: `tools.0.${name}`,
    })
  })
})

describe('fields of text models', () => {
  const SENT = {
    instructions: 'Be brief.',
    metadata: { order: '7' },
    temperature: 0.5,
    top_p: 0.5,
    presence_penalty: 1,
    frequency_penalty: -1,
    top_logprobs: 3,
    max_output_tokens: 100,
    max_tool_calls: 1,
    reasoning: { effort: 'low' },
    service_tier: 'flex',
    safety_identifier: 'me',
    prompt_cache_key: 'k',
    truncation: 'auto',
    parallel_tool_calls: false,
    store: false,
    user: 'ada',
    tool_choice: 'none',
  }

  it('are told again, and change nothing that is drawn', ({ expect }) => {
    const { shown } = echoOf(SENT)
    expect(shown).toEqual({ ...SENT, model: 'sketch-1' })
    const { endUser, prompt, ...drawn } = parse(SENT).request
    const plain = parse({}).request
    expect([endUser, prompt]).toEqual(['me', 'Be brief.\n\na red cube'])
    expect({ ...plain, ...drawn }).toEqual(plain)
  })

  it('that no one knows are let through', ({ expect }) => {
    expect(faultOf({ foo: 1, verbosity: 'low', logit_bias: {}, stream_options: {} })).toBe(null)
  })

  it.for<[Record<string, unknown>, string]>([
    [{ model: undefined }, 'model'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ conversation: { id: 'conv_1' } }, 'conversation'],
    [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
    [{ text: { format: { type: 'json_object' } } }, 'text.format'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ tool_choice: { type: 'function', name: 'f' } }, 'tool_choice'],
    [{ tool_choice: { type: 'image_generation' } }, 'tool_choice'],
    [{ ...withTool(), tool_choice: 'none' }, 'tool_choice'],
    [{ ...withTool(), tool_choice: { type: 'function', name: 'f' } }, 'tool_choice'],
    [{ temperature: 2.1 }, 'temperature'],
    [{ top_p: -1 }, 'top_p'],
    [{ frequency_penalty: 3 }, 'frequency_penalty'],
    [{ top_logprobs: 21 }, 'top_logprobs'],
    [{ max_output_tokens: 15 }, 'max_output_tokens'],
    [{ service_tier: 'gold' }, 'service_tier'],
    [{ safety_identifier: 'x'.repeat(65) }, 'safety_identifier'],
    [{ prompt_cache_key: 'x'.repeat(65) }, 'prompt_cache_key'],
    [{ metadata: { a: 'x'.repeat(513) } }, 'metadata.a'],
    [{ metadata: { ['k'.repeat(65)]: 'x' } }, 'metadata'],
    [{ metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [i, 'x'])) }, 'metadata'],
    [{ stream: 'yes' }, 'stream'],
    [{ stream: true, gateway: { mode: 'async' } }, 'stream'],
    [{ n: 11 }, 'n'],
    [{ seed: -1 }, 'seed'],
    [{ gateway: { foo: 1 } }, 'gateway'],
  ])('that cannot be kept are refused: %j', ([fields, param], { expect }) => {
    expect(faultOf(fields)).toMatchObject({ status: 400, type: 'invalid_request_error', param })
  })

  it('that may be kept are accepted: functions that are never called, a choice among tools', ({
    expect,
  }) => {
    const tools = [{ type: 'function', name: 'f' }]
    expect(faultOf({ tools, tool_choice: 'auto' })).toBe(null)
    expect(echoOf({ tools }).shown['tools']).toEqual([
      { type: 'function', name: 'f', strict: null, parameters: null },
    ])
    for (const choice of [
      'auto',
      'required',
      { type: 'image_generation' },
      { type: 'allowed_tools' },
    ])
      expect(faultOf({ ...withTool(), tool_choice: choice })).toBe(null)
  })

  it('are kept up to 64 KiB: long texts are cut, metadata is not', ({ expect }) => {
    const metadata = { note: 'x'.repeat(512) }
    const long = `${'😀'.repeat(30_000)}`
    const messages = Array.from({ length: 30 }, () => user(text(long)))
    for (const fields of [{ input: long }, { input: messages }, { instructions: long }]) {
      const { echo, request } = parse({ ...fields, metadata })
      expect(new TextEncoder().encode(echo).length).toBeLessThanOrEqual(65_536)
      expect(echo.isWellFormed()).toBe(true)
      expect(JSON.parse(echo).shown.metadata).toEqual(metadata)
      expect(request.prompt).toContain(long)
    }
    const tools = Array.from({ length: 128 }, (_, i) => ({
      type: 'function',
      name: `f${i}`,
      parameters: Object.fromEntries(
        Array.from({ length: 10 }, (__, k) => [`k${k}`, 'x'.repeat(99)]),
      ),
    }))
    expect(faultOf({ tools })).toMatchObject({ status: 400, param: 'input' })
  })
})

describe('a background response', () => {
  it('is of a dialect of its own, so that its end is told in OpenAI’s words', ({ expect }) => {
    expect(parse({ background: true })).toMatchObject({
      dialect: 'responses',
      delivery: { mode: 'async' },
    })
    expect(parse({ background: true, stream: true }).delivery.mode).toBe('stream')
    expect(parse({ stream: true }).dialect).toBe('responses-waited')
  })

  it('carries its metadata into the job’s', ({ expect }) => {
    const metadata = { a: '1' }
    expect(parse({ metadata }).gateway.metadata).toEqual(metadata)
    const own = { metadata: { b: '2' } }
    expect(parse({ metadata, gateway: own }).gateway.metadata).toEqual(own.metadata)
  })
})
