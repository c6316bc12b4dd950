import * as z from 'zod'
import { ResponseOfMax, ResponseStreamEvent } from '../conformance/schemas.ts'
import { openaiError } from './dialect-answers.ts'
import { jobError, jobId, jobImage, progress } from './native-answers.ts'

const words = z.string().min(1)
const place = z.int().min(0)

/** The last event of a stream that breaks off. OpenAI states none for images; its client reads `error`. */
export const BrokenOff = openaiError.extend({ type: z.literal('error'), error: openaiError })

const numbered = { sequence_number: place }

const maxPart = z.strictObject({
  type: z.literal('output_image'),
  image_data: z.optional(z.base64()),
  image_url: z.url(),
  format: words,
  width: z.nullable(z.int()),
  height: z.nullable(z.int()),
})

const maxItem = z.strictObject({
  type: z.literal('message'),
  id: words,
  role: z.literal('assistant'),
  status: z.enum(['in_progress', 'completed']),
  content: z.array(maxPart),
})

const inItem = { ...numbered, output_index: place }
const inPart = { ...inItem, item_id: words, content_index: place, part: maxPart }
const ofMax = (type: string, more: z.core.$ZodLooseShape) =>
  z.strictObject({ type: z.literal(`response.${type}`), ...more })

const MaxEvent = z.union([
  ...['created', 'queued', 'in_progress', 'completed', 'failed', 'incomplete'].map((type) =>
    ofMax(type, { ...numbered, response: ResponseOfMax }),
  ),
  ...['added', 'done'].flatMap((when) => [
    ofMax(`output_item.${when}`, { ...inItem, item: maxItem }),
    ofMax(`content_part.${when}`, inPart),
  ]),
])

/** OpenAI's events, or those that Modular MAX documents for its own responses; a stream breaks off alike. */
export const ResponseEvent = z.union([
  BrokenOff.extend(numbered),
  ResponseStreamEvent.refine((event) => Object(event).type !== 'error'),
  MaxEvent,
])

const event = <T extends string>(type: T, more: z.core.$ZodLooseShape = {}) =>
  z.strictObject({ type: z.literal(type), job: jobId, at: z.number(), ...more })

/** `/v1/jobs/{id}/events` and `/watch`: links, never bytes. */
export const JobEvent = z.union([
  event('queued'),
  event('running'),
  event('progress', { progress }),
  event('partial', {
    n: place,
    k: place,
    url: z.url(),
    content_type: z.string().startsWith('image/'),
    bytes: z.int().min(1),
  }),
  event('image', { n: place, ...jobImage.shape }),
  ...['succeeded', 'failed', 'cancelled', 'expired'].map((type) =>
    event(type, { data: z.array(jobImage), error: z.nullable(jobError) }),
  ),
])
