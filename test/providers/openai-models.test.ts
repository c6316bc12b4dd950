import { describe, it } from 'vitest'
import { openai } from '../../src/providers/openai.ts'
import { order, staged } from './orders.ts'

const sent = (model: string, given: Parameters<typeof order>[1]) => {
  const { body } = openai.submit(order(model, given))
  return body && 'json' in body ? body.json : null
}

describe('openai, for its models,', () => {
  it.for<[string, 'high' | 'low', string | undefined]>([
    ['gpt-image-1.5', 'high', 'high'],
    ['gpt-image-1.5', 'low', 'low'],
    ['chatgpt-image-latest', 'high', 'high'],
    ['gpt-image-1-mini', 'low', 'low'],
    ['gpt-image-1-mini', 'high', undefined],
    ['gpt-image-2', 'high', undefined],
    ['gpt-image-2.5-flare', 'low', undefined],
  ])('%s with input_fidelity %s sends %s', ([model, inputFidelity, sends], { expect }) => {
    const body = sent(model, { inputs: [staged], inputFidelity })
    expect(body).toHaveProperty('images')
    expect((body as Record<string, unknown>)['input_fidelity']).toBe(sends)
  })

  it('sends complexity to those alone that know it, and never response_format', ({ expect }) => {
    const providerOptions = { complexity: 'low', frame_count: 4, response_format: 'url' }
    expect(sent('gpt-image-2.6-flare', { providerOptions })).toMatchObject({ complexity: 'low' })
    for (const model of ['gpt-image-2', 'gpt-image-1.5', 'gpt-image-2.6-flare'])
      expect(sent(model, { providerOptions })).not.toHaveProperty('response_format')
    expect(sent('gpt-image-2', { providerOptions })).not.toHaveProperty('complexity')
  })
})
