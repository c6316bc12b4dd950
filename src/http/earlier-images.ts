import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import type { JobId } from '../core/ids.ts'
import type { StoredImage } from '../core/image.ts'
import {
  MAX_INPUTS,
  type EarlierImages,
  type InputImage,
  type Submission,
} from '../core/request.ts'
import type { JobView } from '../core/view.ts'
import { invalid } from '../dialects/invalid.ts'
import { isResponse } from '../dialects/response-kind.ts'
import { MAX_INPUT_BYTES } from '../images/input-sink.ts'
import { callObject } from '../outbound/object-call.ts'
import type { App } from './context.ts'

/**
 * The request with the images of earlier answers before its own, each once. They stay where they are, and
 * the job fails when they were deleted before it has read them. A job is asked once, however often it is
 * named, and each has an image at least: at most 17 are asked.
 *
 * @throws GatewayError 404 for an answer that this tenant does not have, 400 for one without images
 */
export async function withEarlierImages(
  c: Context<App>,
  { earlier = [], ...submission }: Submission,
): Promise<Submission> {
  if (earlier.length === 0) return submission
  const { request } = submission
  const views = new Map<JobId | null, JobView | null>()
  const inputs = new Map<string, InputImage>()
  for (const reference of earlier) {
    const { job, param } = reference
    if (job && !views.has(job))
      views.set(job, await callObject(c.env.JOBS, job, async (stub) => stub.view(c.var.caller)))
    for (const { key: image, type, bytes, sha256 } of imagesOf(views.get(job), reference)) {
      inputs.set(image, { image, type, bytes, sha256 })
      if (inputs.size + request.inputs.length > MAX_INPUTS)
        throw invalid(param, `expected at most ${MAX_INPUTS} images with it`)
      if (bytes > MAX_INPUT_BYTES)
        throw invalid(param, `expected images of at most ${MAX_INPUT_BYTES} bytes`)
    }
  }
  const operation = 'edit'
  return {
    ...submission,
    request: { ...request, operation, inputs: [...inputs.values(), ...request.inputs] },
  }
}

function imagesOf(
  view: JobView | null | undefined,
  { n, param }: EarlierImages,
): readonly StoredImage[] {
  if (!view || !isResponse(view))
    throw new GatewayError({
      ...errors.notFound(`Invalid '${param}': there is no such response.`),
      code: 'previous_response_not_found',
      param,
    })
  const images = n === null ? view.images : view.images.filter((image) => image.n === n)
  if (images.length === 0) throw invalid(param, `it has no image (status: ${view.status})`)
  return images
}
