import { describe, it } from 'vitest'
import { newJobId, itemId, showResponseId } from '../../src/core/ids.ts'
import { StagedInput } from '../../src/core/staged-input.ts'
import { faultOf, image, parse, staged, text, URL, user } from './parsed.ts'

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

  it('may have its text as Open Responses has it', ({ expect }) => {
    expect(parse({ input: [user({ type: 'text', text: 'a mill' })] }).request.prompt).toBe('a mill')
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

  it('may put an earlier answer back behind the message that is about it', ({ expect }) => {
    const call = { type: 'image_generation_call', id: itemId('ig', newJobId(), 0) }
    const newer = { type: 'image_generation_call', id: itemId('ig', newJobId(), 1) }
    const input = [user(text('a cat')), call, user(text('in blue'), image(URL)), newer]
    const { request, earlier } = parse({ input })
    expect([request.prompt, request.inputs]).toEqual(['in blue', [{ url: URL }]])
    expect(earlier).toMatchObject([{ n: 1, param: 'input.3.id' }])
  })

  it('of a conversation draws from its newest answer and what came with the last message', ({
    expect,
  }) => {
    const bytes = new StagedInput(staged)
    const older = { type: 'image_generation_call', id: itemId('ig', newJobId(), 0) }
    const call = { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: bytes }
    const message = {
      type: 'message',
      id: itemId('msg', newJobId(), 0),
      role: 'assistant',
      content: [
        { type: 'output_image', image_data: bytes, image_url: 'http://local/i', format: 'png' },
      ],
    }
    for (const answer of [call, message]) {
      const start = [user(text('a lake'), image(`${URL}?1`)), older, user(text('in blue')), answer]
      const next = parse({ input: [...start, user(text('with this'), image(URL))] })
      expect([next.request.inputs, next.earlier]).toEqual([[staged, { url: URL }], []])
      const plain = parse({ input: [...start, user(text('again'))] })
      expect([plain.request.inputs, plain.request.operation]).toEqual([[staged], 'edit'])
    }
    const linked = { role: 'assistant', content: [{ type: 'output_image', image_url: URL }] }
    expect(parse({ input: [linked, user(text('x'))] }).request.inputs).toEqual([{ url: URL }])
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
      'input.0.content.1',
    ],
    [
      'an image without an address',
      [user(text('x'), { type: 'input_image' })],
      'input.0.content.1',
    ],
    ['a file', [user(text('x'), { type: 'input_file', file_url: URL })], 'input.0.content.1'],
    ['a video', [user(text('x'), { type: 'input_video', video_url: URL })], 'input.0.content.1'],
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
