import type { Context } from 'hono'
import { errors, GatewayError, type PublicError } from '../core/error.ts'
import { parseJobId } from '../core/ids.ts'
import { seconds } from '../core/seconds.ts'
import { callObject } from '../outbound/object-call.ts'
import { answerJson } from './answer.ts'
import type { App, Handler } from './context.ts'
import { deliver, type ImageAddress } from './deliver.ts'
import { requireLink } from './links.ts'

/** Longest and default wait of a link's reader for an image that is not there yet, seconds. */
const MAX_LINK_WAIT_SECONDS = 60
/** How long an answer to `GET /v1/images/{id}/content` may be kept, seconds. */
const CONTENT_MAX_AGE_SECONDS = 3600

/** `GET /i/{tenant}/{job}/{n}?e&k&s`: whoever holds the link may read. Verified first, before any I/O. */
export const readLink: Handler = async (c) => {
  const url = await requireLink(c)
  const job = parseJobId(c.req.param('job') ?? '')
  const place = /^(\d{1,2})(?:\.(\d{1,2}))?(?:\.[a-z]+)?$/.exec(c.req.param('n') ?? '')
  if (!job || !place) throw unknownImage()
  const address: ImageAddress = {
    tenant: c.req.param('tenant')!,
    job,
    n: Number(place[1]),
    k: place[2] === undefined ? null : Number(place[2]),
    maxAgeSeconds: Number(url.searchParams.get('e')) - seconds(Date.now()),
    download: url.searchParams.has('download'),
  }
  return (await deliver(c.req.raw, c.env, c.executionCtx, address)) ?? afterWaiting(c, address)
}

/** `GET /v1/images/{job}.{n}/content`, with an API key. */
export const readContent: Handler = async (c) => {
  const match = /^(.+)\.(\d{1,2})$/.exec(c.req.param('id') ?? '')
  const job = match && parseJobId(match[1]!)
  // The image itself does not tell of which mode it is.
  if (!job || !(await callObject(c.env.JOBS, job, async (stub) => stub.view(c.var.caller))))
    throw unknownImage()
  const address: ImageAddress = {
    tenant: c.var.actor.tenant,
    job,
    n: Number(match[2]),
    k: null,
    maxAgeSeconds: CONTENT_MAX_AGE_SECONDS,
    download: false,
  }
  return (await deliver(c.req.raw, c.env, c.executionCtx, address)) ?? afterWaiting(c, address)
}

const unknownImage = (): GatewayError =>
  new GatewayError(errors.notFound('There is no such image.'))

/** The image is not in R2: its job says whether it will be. */
async function afterWaiting(c: Context<App>, address: ImageAddress): Promise<Response> {
  const { tenant, job, n, k } = address
  // Nobody knows its link before it is there.
  if (k !== null) throw unknownImage()
  const client = c.req.header('cf-connecting-ip') ?? ''
  const state = await callObject(c.env.JOBS, job, async (stub) =>
    stub.awaitImage(tenant, n, waitMs(c), client),
  )
  if (!state) throw unknownImage()
  if (state.state === 'failed') throw new GatewayError(gone(state.error))
  if (state.state === 'ready') {
    const delivered = await deliver(c.req.raw, c.env, c.executionCtx, address)
    if (delivered) return delivered
    throw unknownImage()
  }
  c.header('retry-after', String(state.retryAfterSeconds))
  return answerJson(c, { status: 'pending', message: 'The image is not there yet.' }, 202)
}

/** A failed job's image will never come: 410, in the words of the failure. */
const gone = (error: PublicError): PublicError => ({ ...error, status: 410, shouldRetry: false })

function waitMs(c: Context<App>): number {
  const asked = Number(c.req.query('wait') ?? MAX_LINK_WAIT_SECONDS)
  return 1000 * (asked >= 0 ? Math.min(asked, MAX_LINK_WAIT_SECONDS) : MAX_LINK_WAIT_SECONDS)
}
