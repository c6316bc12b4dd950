import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import type { StoredImage } from '../core/image.ts'
import { MAX_INPUTS, type EarlierImages, type Submission } from '../core/request.ts'
import type { StoredInput } from '../core/staged-input.ts'
import { invalid } from '../dialects/invalid.ts'
import { isResponse } from '../dialects/response-kind.ts'
import { MAX_INPUT_BYTES } from '../images/input-sink.ts'
import { callObject } from '../outbound/object-call.ts'
import type { App } from './context.ts'

/**
 * The request with the images of earlier answers before its own, each once. They stay where they are: a
 * job deletes inputs of its own alone, and fails when theirs was deleted before it has read them.
 *
 * @throws GatewayError 404 for an answer that this tenant does not have, 400 for one without images
 */
export async function withEarlierImages(
  c: Context<App>,
  { earlier = [], ...submission }: Submission,
): Promise<Submission> {
  if (earlier.length === 0) return submission
  const { request } = submission
  const inputs: StoredInput[] = []
  for (const reference of earlier)
    for (const { key: r2, type, bytes, sha256 } of await find(c, reference)) {
      if (inputs.some((it) => it.r2 === r2)) continue
      if (inputs.length + request.inputs.length >= MAX_INPUTS)
        throw invalid(reference.param, `expected at most ${MAX_INPUTS} images with it`)
      if (bytes > MAX_INPUT_BYTES)
        throw invalid(reference.param, `expected images of at most ${MAX_INPUT_BYTES} bytes`)
      inputs.push({ r2, type, bytes, sha256 })
    }
  const operation = 'edit'
  return {
    ...submission,
    request: { ...request, operation, inputs: [...inputs, ...request.inputs] },
  }
}

async function find(c: Context<App>, reference: EarlierImages): Promise<StoredImage[]> {
  const { job, n } = reference
  const view = job && (await callObject(c.env.JOBS, job, async (stub) => stub.view(c.var.actor)))
  if (!view || !isResponse(view)) throw unknown(reference)
  const images = n === null ? view.images : view.images.filter((image) => image.n === n)
  if (images.length === 0)
    throw invalid(reference.param, `it has no image (status: ${view.status})`)
  return images
}

const unknown = ({ param }: EarlierImages): GatewayError =>
  new GatewayError({
    ...errors.notFound(`Invalid '${param}': there is no such response.`),
    code: 'previous_response_not_found',
    param,
  })
