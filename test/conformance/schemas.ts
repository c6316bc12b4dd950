import { readFileSync } from 'node:fs'
import * as z from 'zod'

/**
 * OpenAI's published answer schemas as files beside this one: `openapi` is the specification 2.3.0,
 * `sdk755` the same with the sizes, formats and qualities that the types of its Node client 7.55.0 add.
 */
function read(name: string, part?: string): z.ZodType {
  const text = readFileSync(new URL(`./schemas/${name}.json`, import.meta.url), 'utf8')
  const schema = JSON.parse(text) as z.core.JSONSchema.JSONSchema
  return z.fromJSONSchema(part === undefined ? schema : { ...schema, $ref: `#/$defs/${part}` })
}

export const ImagesResponse = read('ImagesResponse.openapi')
export const ImagesResponseOfSdk = read('ImagesResponse.sdk755')
export const ErrorResponse = read('ErrorResponse.openapi')
export const ResponseStreamEvent = read('ResponseStreamEvent.sdk755')
export const ResponseOfSdk = read('ResponseStreamEvent.sdk755', 'Response')
/** The same with the message of Modular MAX as its output. */
export const ResponseOfMax = read('ResponseMax.sdk755')
export const ResponseItemList = read('ResponseItemList.sdk755')
export const WebhookCompleted = read('WebhookResponseCompleted.sdk755')
export const WebhookFailed = read('WebhookResponseFailed.sdk755')
