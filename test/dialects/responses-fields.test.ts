import { describe, it } from 'vitest'
import { echoOf, faultOf, parse, text, user, withTool } from './parsed.ts'

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
    text: { format: { type: 'text' }, verbosity: 'low' },
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

  it('of tools keep no secret of a server', ({ expect }) => {
    const mcp = {
      type: 'mcp',
      server_label: 'shop',
      server_url: 'https://me:SECRET@shop.test/SECRET?key=SECRET',
      authorization: 'SECRET',
      headers: { 'x-key': 'SECRET' },
      require_approval: 'never',
    }
    const policy = { domain_secrets: [{ domain: 'a', value: 'SECRET' }], allowed: ['a'] }
    const shell = { type: 'shell', environment: { network_policy: policy } }
    const parameters = { properties: { authorization: { type: 'string' } } }
    const own = { type: 'function', name: 'f', strict: true, parameters }
    const tools = { type: 'additional_tools', tools: [mcp] }
    const { echo } = parse({ tools: [mcp, shell, own], input: [tools, user(text('x'))] })
    expect(echo).not.toContain('SECRET')
    expect(echoOf({ tools: [mcp, shell, own] }).shown['tools']).toEqual([
      { type: 'mcp', server_label: 'shop', require_approval: 'never' },
      { type: 'shell', environment: { network_policy: { allowed: ['a'] } } },
      own,
    ])
  })

  it('are kept up to 64 KiB: long texts are cut, metadata is not', ({ expect }) => {
    const metadata = { note: 'x'.repeat(512) }
    const long = '😀'.repeat(30_000)
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
    const streamed = parse({ background: true, stream: true }).delivery
    expect(streamed).toMatchObject({ mode: 'stream', waitMs: 0 })
    expect(parse({ stream: true }).dialect).toBe('responses-waited')
  })

  it('carries its metadata into the job’s', ({ expect }) => {
    const metadata = { a: '1' }
    expect(parse({ metadata }).gateway.metadata).toEqual(metadata)
    const own = { metadata: { b: '2' } }
    expect(parse({ metadata, gateway: own }).gateway.metadata).toEqual(own.metadata)
  })
})
