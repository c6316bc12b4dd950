import type { Context } from 'hono'
import { GatewayError } from '../core/error.ts'
import { formToBody } from '../dialects/form-body.ts'
import type { FormEntry } from '../dialects/form-fields.ts'
import type { InputBatch } from '../images/input-batch.ts'
import type { App } from './context.ts'
import { inspectJson } from './inspect-json.ts'
import { boundaryOf } from './multipart-head.ts'
import { drain, openBody } from './read-body.ts'
import { readForm } from './read-form.ts'
import { readImageJson, stageDataUrl } from './read-image-json.ts'
import { isJson, wrongType } from './read-json.ts'

/** Longest time that a body with images may take, ms: 64 MiB at 2 Mbit/s. */
const BODY_TIMEOUT_MS = 300_000

/**
 * The body of a request that may carry images, JSON or a form, whichever its route takes: with a
 * `StagedInput` in the place of each image. Nothing of it is held whole.
 *
 * @throws GatewayError 4xx; what was staged before stays in the batch
 */
export async function readImageBody(c: Context<App>, batch: InputBatch): Promise<unknown> {
  const caps = c.var.route.body
  const type = c.req.header('content-type') ?? ''
  const isForm = /^multipart\/form-data\s*(;|$)/i.test(type)
  const cap = isForm ? caps?.multipart : isJson(type) ? caps?.json : null
  if (cap == null) throw wrongType(acceptedBy(caps?.multipart ?? null), type)
  const boundary = isForm ? boundaryOf(type) : ''
  const body = openBody(c.req.raw, cap, BODY_TIMEOUT_MS)
  try {
    if (!isForm) return await readImageJson(body, batch, caps?.nodes)
    const entries = await readForm(body, boundary, batch)
    return inspectJson(formToBody(await withDataUrls(entries, batch)))
  } catch (caught) {
    if (caught instanceof GatewayError && caught.shown.status === 400) await drain(body)
    throw caught
  } finally {
    void body.cancel()
  }
}

const acceptedBy = (multipart: number | null): string =>
  multipart === null ? 'application/json' : 'application/json or multipart/form-data'

/** Images may stand in text fields, too. */
async function withDataUrls(entries: FormEntry[], batch: InputBatch): Promise<FormEntry[]> {
  const staged: FormEntry[] = []
  for (const { name, value } of entries) {
    const input = typeof value === 'string' ? await stageDataUrl(value, batch) : null
    staged.push({ name, value: input ?? value })
  }
  return staged
}
