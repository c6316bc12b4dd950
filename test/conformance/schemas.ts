import * as z from 'zod'
import errorResponseOpenapi from './schemas/ErrorResponse.openapi.json?raw'
import imageEditStreamEventSdk755 from './schemas/ImageEditStreamEvent.sdk755.json?raw'
import imageGenStreamEventSdk755 from './schemas/ImageGenStreamEvent.sdk755.json?raw'
import imagesResponseOpenapi from './schemas/ImagesResponse.openapi.json?raw'
import imagesResponseSdk755 from './schemas/ImagesResponse.sdk755.json?raw'
import listModelsResponseSdk755 from './schemas/ListModelsResponse.sdk755.json?raw'
import modelSdk755 from './schemas/Model.sdk755.json?raw'
import responseItemListSdk755 from './schemas/ResponseItemList.sdk755.json?raw'
import responseMaxSdk755 from './schemas/ResponseMax.sdk755.json?raw'
import responseStreamEventSdk755 from './schemas/ResponseStreamEvent.sdk755.json?raw'
import webhookResponseCancelledSdk755 from './schemas/WebhookResponseCancelled.sdk755.json?raw'
import webhookResponseCompletedSdk755 from './schemas/WebhookResponseCompleted.sdk755.json?raw'
import webhookResponseFailedSdk755 from './schemas/WebhookResponseFailed.sdk755.json?raw'
import webhookResponseIncompleteSdk755 from './schemas/WebhookResponseIncomplete.sdk755.json?raw'

/** Some say what properties a value has and not that it is an object: zod would take anything for it. */
function typed(_: string, value: unknown): unknown {
  const isObject = typeof value === 'object' && value !== null
  return isObject && 'properties' in value && !('type' in value)
    ? { ...value, type: 'object' }
    : value
}

/**
 * OpenAI's published answer schemas as files beside this one: `openapi` is the specification 2.3.0,
 * `sdk755` the same with the sizes, formats and qualities that the types of its Node client 7.55.0 add.
 */
function read(text: string, part?: string): z.ZodType {
  // The larger ones take 50 ms to build: only for those who ask.
  return z.lazy(() => {
    const schema = JSON.parse(text, typed) as z.core.JSONSchema.JSONSchema
    return z.fromJSONSchema(part === undefined ? schema : { ...schema, $ref: `#/$defs/${part}` })
  })
}

export const ImagesResponse = read(imagesResponseOpenapi)
export const ImagesResponseOfSdk = read(imagesResponseSdk755)
export const ErrorResponse = read(errorResponseOpenapi)
export const ResponseStreamEvent = read(responseStreamEventSdk755)
export const ResponseOfSdk = read(responseStreamEventSdk755, 'Response')
/** The same with the message of Modular MAX as its output. */
export const ResponseOfMax = read(responseMaxSdk755)
export const ResponseItemList = read(responseItemListSdk755)
/** By their types. */
export const WEBHOOKS = {
  'response.completed': read(webhookResponseCompletedSdk755),
  'response.failed': read(webhookResponseFailedSdk755),
  'response.cancelled': read(webhookResponseCancelledSdk755),
  'response.incomplete': read(webhookResponseIncompleteSdk755),
}
export const ListModelsResponse = read(listModelsResponseSdk755)
export const Model = read(modelSdk755)
export const ImageGenStreamEvent = read(imageGenStreamEventSdk755)
export const ImageEditStreamEvent = read(imageEditStreamEventSdk755)
