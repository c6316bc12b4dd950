import type { PublicError } from '../core/error.ts'
import { errors } from '../core/error.ts'
import { isEnd, type EventRow, type PartialImage } from '../core/event.ts'
import type { StoredImage } from '../core/image.ts'
import type { GenerationRequest, Submission } from '../core/request.ts'
import { seconds } from '../core/seconds.ts'
import { formatSize } from '../core/size.ts'
import { StoredBytes } from '../core/stored-bytes.ts'
import type { Frame, ShownJob } from './dialect.ts'
import { openaiUsage, spent } from './openai-usage.ts'

/**
 * An error in the middle of a stream: clients look at the event's name, then at `data.error`. Those of
 * OpenAI's Responses have its fields beside it.
 */
export const openaiErrorFrame = ({ type, code, message, param }: PublicError): Frame => ({
  event: 'error',
  id: null,
  data: { type: 'error', code, message, param, error: { type, code, message, param } },
  ifGone: null,
})

/** A quality that took effect, in OpenAI's words; null = not known. */
export const toldQuality = ({ quality }: GenerationRequest): string | null =>
  ['low', 'medium', 'high', 'xhigh', 'max'].includes(String(quality)) ? quality : null

type Kind = 'image_generation' | 'image_edit'

/**
 * `stream: true` of OpenAI Images: partial images as they come; when the job has succeeded, one
 * `completed` for each image. Until then a job may fail, and its images are withdrawn.
 */
export const openaiFrames =
  (kind: Kind) =>
  (row: EventRow, { links, reused }: ShownJob, { request }: Submission): Frame[] => {
    if (row.type === 'partial') return [partial(kind, row, request)]
    if (!isEnd(row)) return []
    if (row.error) return [openaiErrorFrame(row.error)]
    const { images, usage, at } = row
    return images.map((image, i) => {
      // The job's tokens and cost are told once, so that they can be added up.
      const isLast = i === images.length - 1
      const more = {
        url: links[image.n],
        usage: openaiUsage(isLast ? usage : null),
        ...(isLast && { meta: { usage: spent(row, reused !== null) } }),
      }
      return completed(kind, at, image, request, more)
    })
  }

function partial(
  kind: Kind,
  { at, n, k, image }: Extract<EventRow, { type: 'partial' }>,
  request: GenerationRequest,
): Frame {
  const size = request.size ? formatSize(request.size) : 'auto'
  const event = `${kind}.partial_image`
  const more = { partial_image_index: k, image_index: n, size }
  return { event, id: null, data: dataOf(event, at, image, request, more), ifGone: null }
}

function completed(
  kind: Kind,
  at: number,
  image: StoredImage,
  request: GenerationRequest,
  more: object,
): Frame {
  const { width, height, n } = image
  const size = width && height ? formatSize({ width, height }) : 'auto'
  const event = `${kind}.completed`
  const data = dataOf(event, at, image, request, { image_index: n, size, ...more })
  return { event, id: null, data, ifGone: openaiErrorFrame(errors.notFound('The image is gone.')) }
}

function dataOf(
  type: string,
  at: number,
  image: PartialImage,
  request: GenerationRequest,
  more: object,
) {
  return {
    type,
    b64_json: StoredBytes.base64(image),
    created_at: seconds(at),
    quality: toldQuality(request) ?? 'auto',
    background: request.background ?? 'auto',
    output_format: image.type.replace('image/', ''),
    ...more,
  }
}
