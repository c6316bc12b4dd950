import { describe, it } from 'vitest'
import { GatewayError } from '../../src/core/error.ts'
import { aimlEdits, aimlImages } from '../../src/dialects/aiml-images.ts'
import type { ParseContext } from '../../src/dialects/dialect.ts'
import { modelmaxImages } from '../../src/dialects/modelmax-images.ts'
import { openaiEdits, openaiImages } from '../../src/dialects/openai-images.ts'
import { responses } from '../../src/dialects/responses.ts'

const context: ParseContext = { defaultModel: null, responseFormat: null, checkUrl: () => null }

const image = 'https://example.com/photo.png'
const PROMPT = { model: 'sketch-1', prompt: 'a red cube' }
/** Not a value that AI/ML API hands on as a model's own. */
const odd = { colours: ['red'] }
const warning = { param: 'colours', message: "Left out: 'colours' is not understood." }

describe.for([
  ['/v1/images/generations', openaiImages, PROMPT],
  ['/v1/images/edits', openaiEdits, { ...PROMPT, image }],
  ['/v1/responses', responses, { model: 'sketch-1', input: 'a red cube' }],
  ['/modelmax/v1', modelmaxImages, PROMPT],
  ['/aiml/v1/images/generations', aimlImages, PROMPT],
  ['/aiml/v1/images/generations with an image', aimlImages, { ...PROMPT, image_url: image }],
  ['/aiml/v1/images/edits', aimlEdits, { ...PROMPT, image }],
] as const)('a field that %s does not know', ([, dialect, body]) => {
  const parse = (params?: string) =>
    dialect.parse({ ...body, ...odd, gateway: params ? { params } : null }, context)

  it('is left out with a warning, or without where that is asked for', ({ expect }) => {
    expect(parse().warnings).toEqual([warning])
    expect(parse('drop').warnings).toEqual([])
    expect(dialect.parse({ ...body, colours: null }, context).warnings).toEqual([])
  })

  it('is refused by its name where that is asked for', ({ expect }) => {
    let caught: unknown
    try {
      parse('strict')
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(GatewayError)
    expect(caught).toMatchObject({
      shown: { status: 400, param: 'colours', code: 'unsupported_parameter' },
    })
  })
})

describe('a field of text models', () => {
  it('has no effect at /v1/responses, and is no mistake', ({ expect }) => {
    const body = {
      model: 'sketch-1',
      input: 'a red cube',
      include: ['reasoning.encrypted_content'],
      stream_options: { include_obfuscation: false },
      prompt_cache_retention: '24h',
      gateway: { params: 'strict' },
    }
    expect(responses.parse(body, context).warnings).toEqual([])
  })
})

describe('a field of edits', () => {
  it('without an image is left out with a warning as well', ({ expect }) => {
    for (const dialect of [openaiImages, aimlImages])
      expect(dialect.parse({ ...PROMPT, mask: image }, context).warnings).toMatchObject([
        { param: 'mask' },
      ])
  })
})
