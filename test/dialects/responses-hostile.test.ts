import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { JobView } from '../../src/core/view.ts'
import { newJobId } from '../../src/core/ids.ts'
import { renderInputItems } from '../../src/dialects/responses-items.ts'
import { faultOf, parse, withTool } from './parsed.ts'

const json = fc.jsonValue({ maxDepth: 3 })
const words = fc.constantFrom(
  'message',
  'input_text',
  'input_image',
  'input_file',
  'output_image',
  'image_generation_call',
  'item_reference',
  'user',
  'assistant',
  'system',
)
const either = fc.oneof(words, json)

/** Items that look like what a client sends, with anything in any place. */
const item = fc.record(
  {
    type: either,
    role: either,
    id: either,
    result: json,
    content: fc.oneof(
      fc.string(),
      fc.array(
        fc.record(
          {
            type: words,
            text: fc.oneof(fc.string(), json),
            image_url: json,
            file_data: json,
            image_data: json,
            detail: json,
          },
          { requiredKeys: ['type'] },
        ),
        { maxLength: 3 },
      ),
      json,
    ),
  },
  { requiredKeys: [] },
)

const field = fc.constantFrom(
  'model',
  'input',
  'instructions',
  'provider_options',
  'n',
  'seed',
  'tools',
  'tool_choice',
  'stream',
  'background',
  'metadata',
  'previous_response_id',
  'conversation',
  'prompt',
  'text',
  'reasoning',
  'temperature',
  'user',
  'gateway',
)

describe('a body that nobody expects', () => {
  it('is a response, or a 400 that names a field: nothing else', ({ expect }) => {
    const bodies = fc.record({
      input: fc.oneof(
        fc.array(item, { maxLength: 3 }).map((items) => [...items, { role: 'user', content: 'x' }]),
        fc.string(),
        json,
      ),
      others: fc.dictionary(field, json, { maxKeys: 1 }),
      tool: fc.option(
        fc.dictionary(
          fc.constantFrom('model', 'size', 'action', 'input_image_mask', 'quality'),
          json,
        ),
      ),
    })
    let [good, bad] = [0, 0]
    fc.assert(
      fc.property(bodies, ({ input, others, tool }) => {
        const body = { ...others, input, ...(tool && withTool(tool)) }
        const fault = faultOf(body)
        if (fault) {
          bad += 1
          expect(fault).toMatchObject({ status: 400, type: 'invalid_request_error' })
          expect(fault.param).toEqual(expect.any(String))
          return
        }
        good += 1
        const { echo, request } = parse(body)
        expect(new TextEncoder().encode(echo).length).toBeLessThanOrEqual(65_536)
        expect(request.prompt).not.toBe('')
        expect(JSON.stringify(renderInputItems({ id: newJobId(), echo } as JobView))).toMatch(/^\[/)
      }),
      { numRuns: 1500 },
    )
    expect(Math.min(good, bad)).toBeGreaterThan(20)
  })
})
