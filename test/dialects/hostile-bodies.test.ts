import fc from 'fast-check'
import { describe, it } from 'vitest'
import { GatewayError } from '../../src/core/error.ts'
import { aimlEdits, aimlImages } from '../../src/dialects/aiml-images.ts'
import { formToBody } from '../../src/dialects/form-body.ts'
import { modelmaxImages } from '../../src/dialects/modelmax-images.ts'
import { openaiEdits, openaiImages } from '../../src/dialects/openai-images.ts'

const context = { defaultModel: 'sketch-1', responseFormat: null, checkUrl: () => null }

const NAMES =
  'model prompt n num_images size image_size width height aspect_ratio image images image_url image_urls mask seed steps gateway style constructor toString valueOf hasOwnProperty strength safety_tolerance'.split(
    ' ',
  )
const name = fc.oneof(fc.constantFrom(...NAMES), fc.string())
const value = fc.oneof(fc.jsonValue(), fc.constantFrom('1:1', '2K', '64x64', 'https://a.b/c', 1))
const fields = fc.dictionary(name, value)
const body = fc.oneof(
  fc.jsonValue(),
  fields,
  fields.map((sent) => ({ ...sent, model: 'sketch-1', prompt: 'a pier' })),
)

describe('a body of any kind', () => {
  it.for([
    ['OpenAI', openaiImages],
    ['OpenAI, edits', openaiEdits],
    ['ModelMax', modelmaxImages],
    ['AI/ML API', aimlImages],
    ['AI/ML API, edits', aimlEdits],
  ] as const)('is understood, or a 400 that can be told: %s', ([, dialect], { expect }) => {
    fc.assert(
      fc.property(body, (json) => {
        try {
          const { request, warnings } = dialect.parse(json, context)
          expect(request.count).toBeGreaterThan(0)
          for (const { param } of warnings) expect(Object.keys(Object(json))).toContain(param)
        } catch (caught) {
          if (!(caught instanceof GatewayError)) throw caught
          expect(caught.shown.status).toBe(400)
          expect(caught.shown.message).not.toContain('Invalid input')
          const told = { requestId: 'r', path: '/', now: 0, model: null, echo: undefined }
          expect(JSON.stringify(dialect.renderError(caught.shown, told))).toContain('message')
        }
      }),
      { numRuns: 300 },
    )
  })

  it('is told what is not offered', ({ expect }) => {
    const asked = { prompt: 'a pier', image: 'https://example.com/a.png' }
    expect(() => openaiImages.parse({ ...asked, svg: true }, context)).toThrow(
      "Invalid 'svg': expected nothing: SVG output is not offered, received true.",
    )
    expect(() => openaiEdits.parse({ ...asked, markup: 'x' }, context)).toThrow(
      "Invalid 'markup': expected nothing: a markup image is not offered, received 'x'.",
    )
  })
})

const read = (text: string) => formToBody([{ name: 'image_size', value: text }])

describe('a form', () => {
  it('may have image_size as JSON, or by name', ({ expect }) => {
    expect(read('{"width":512,"height":768}')).toEqual({ image_size: { width: 512, height: 768 } })
    expect(read('square_hd')).toEqual({ image_size: 'square_hd' })
    expect(() => read('{"width"')).toThrow('image_size')
  })
})
