import { readFileSync } from 'node:fs'
import * as z from 'zod'

/**
 * OpenAI's published answer schemas as files beside this one: `openapi` is the specification 2.3.0,
 * `sdk755` the same with the sizes, formats and qualities that the types of its Node client 7.55.0 add.
 */
function read(name: string): z.ZodType {
  const text = readFileSync(new URL(`./schemas/${name}.json`, import.meta.url), 'utf8')
  return z.fromJSONSchema(JSON.parse(text) as z.core.JSONSchema.JSONSchema)
}

export const ImagesResponse = read('ImagesResponse.openapi')
export const ImagesResponseOfSdk = read('ImagesResponse.sdk755')
export const ErrorResponse = read('ErrorResponse.openapi')
