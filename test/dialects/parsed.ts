import { GatewayError, type PublicError } from '../../src/core/error.ts'
import type { Submission } from '../../src/core/request.ts'
import type { ParseContext } from '../../src/dialects/dialect.ts'
import { responses } from '../../src/dialects/responses.ts'
import { readEcho } from '../../src/dialects/responses-echo.ts'

const context: ParseContext = {
  defaultModel: 'sketch-1',
  responseFormat: 'url',
  checkUrl: (url) => (url.startsWith('https://') ? null : 'expected an https:// URL'),
}

/** A request to `/v1/responses`, with the least that it must have beside `fields`. */
export const parse = (fields: Record<string, unknown>): Submission =>
  responses.parse({ model: 'sketch-1', input: 'a red cube', ...fields }, context)

/** What is wrong with it; null = nothing. */
export function faultOf(fields: Record<string, unknown>): PublicError | null {
  try {
    parse(fields)
    return null
  } catch (caught) {
    if (caught instanceof GatewayError) return caught.shown
    throw caught
  }
}

export const echoOf = (fields: Record<string, unknown>) => readEcho(parse(fields).echo)

export const withImage = (image: Record<string, unknown>) => ({ provider_options: { image } })

export const withTool = (tool: Record<string, unknown> = {}) => ({
  tools: [{ type: 'image_generation', ...tool }],
})

export const URL = 'https://example.test/a.png'
export const staged = { r2: 'inputs/t/b/0', type: 'image/png', bytes: 7, sha256: 'ab' }
export const text = (said: string) => ({ type: 'input_text', text: said })
export const image = (url: unknown) => ({ type: 'input_image', image_url: url })
export const user = (...content: unknown[]) => ({ role: 'user', content })
