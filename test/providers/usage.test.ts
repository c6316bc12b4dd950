import { describe, it } from 'vitest'
import { readUsage } from '../../src/providers/usage.ts'

const told = { input_tokens: 100, output_tokens: 1000 }
const details = { text_tokens: 60, image_tokens: 40 }

const cached = (more: object) =>
  readUsage({ ...told, input_tokens_details: { ...details, ...more } })

describe('token counts of OpenAI', () => {
  it('without details are text that was read and images that were drawn', ({ expect }) => {
    expect(readUsage(told)).toEqual({
      inputTokens: 100,
      outputTokens: 1000,
      inputTextTokens: 100,
      inputImageTokens: 0,
      cachedTextTokens: 0,
      cachedImageTokens: 0,
      outputTextTokens: 0,
    })
  })

  it('tell text in the output apart', ({ expect }) => {
    const output_tokens_details = { text_tokens: 200, image_tokens: 800 }
    expect(readUsage({ ...told, output_tokens_details })).toMatchObject({ outputTextTokens: 200 })
  })

  it('tell cached tokens apart, as text first where their kind is not said', ({ expect }) => {
    expect(cached({ cached_tokens: 70 })).toMatchObject({
      cachedTextTokens: 60,
      cachedImageTokens: 10,
    })
    const cached_tokens_details = { text_tokens: 5, image_tokens: 30 }
    expect(cached({ cached_tokens: 35, cached_tokens_details })).toMatchObject({
      cachedTextTokens: 5,
      cachedImageTokens: 30,
    })
  })

  it('never have a part above the whole', ({ expect }) => {
    const input_tokens_details = { text_tokens: 9e9, image_tokens: 9e9, cached_tokens: 9e9 }
    const output_tokens_details = { text_tokens: 9e9, image_tokens: 0 }
    expect(readUsage({ ...told, input_tokens_details, output_tokens_details })).toMatchObject({
      inputTextTokens: 0,
      inputImageTokens: 100,
      cachedTextTokens: 0,
      cachedImageTokens: 100,
      outputTextTokens: 1000,
    })
  })

  it('that are none are not told', ({ expect }) => {
    for (const none of [null, {}, { input_tokens: -1, output_tokens: 0 }, 'many'])
      expect(readUsage(none)).toBeUndefined()
  })
})
