import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import { eventId, parseEventId } from '../core/event-type.ts'
import { newJobId, showJobId } from '../core/ids.ts'
import { seconds } from '../core/seconds.ts'
import { invalid } from '../dialects/invalid.ts'
import { callObject } from '../outbound/object-call.ts'
import { sendWebhook } from '../webhooks/send.ts'
import type { DeliveryRecord, EndpointPlace } from '../tenants/webhook-records.ts'
import { readOptionalBody } from './admin-body.ts'
import { answerJson } from './answer.ts'
import type { App, Handler } from './context.ts'
import { answerList, pageOf } from './page.ts'
import { TEST_EVENT, TestBody } from './webhook-body.ts'
import { ofTenant, placeOf } from './webhook-endpoints.ts'

/** `GET /v1/webhook_endpoints/{id}/deliveries?limit&after`: newest first. */
export const listDeliveries: Handler = async (c) => {
  const page = await ofTenant(c, async (stub) => stub.listDeliveries(placeOf(c), pageOf(c)))
  if (page === 'unknown') throw invalid('after', 'expected the id of a delivery of this endpoint')
  return answerList(c, page.data.map(renderDelivery), page.hasMore)
}

const renderDelivery = (it: DeliveryRecord) => ({
  id: it.event,
  object: 'webhook_delivery',
  type: it.type,
  job: showJobId(parseEventId(it.event)!.job),
  status: it.outcome ?? 'pending',
  attempts: it.tries,
  response_status: it.status,
  updated_at: seconds(it.at),
  next_attempt_at: it.outcome === null ? seconds(it.due) : null,
})

/** @throws GatewayError 404, or 400 where it is switched off: nothing would be sent. */
async function requireEnabled(c: Context<App>): Promise<EndpointPlace> {
  const place = placeOf(c)
  const { disabled } = await ofTenant(c, async (stub) => stub.endpoint(place, { type: 'read' }))
  if (disabled)
    throw new GatewayError(
      errors.invalid(null, 'This webhook endpoint is switched off: enable it first.'),
    )
  return place
}

/** `POST .../deliveries/{event}/redeliver`: begins its schedule again, as long as the job is kept. */
export const redeliver: Handler = async (c) => {
  const { id: endpoint } = await requireEnabled(c)
  const text = c.req.param('event') ?? ''
  const event = parseEventId(text)
  const isKnown =
    event !== null &&
    (await callObject(c.env.JOBS, event.job, async (job) =>
      job.webhook(c.var.caller, { type: 'redeliver', endpoint, event: event.type }),
    ))
  if (!isKnown) throw new GatewayError(errors.notFound('There is no such delivery.'))
  return answerJson(c, { id: text, object: 'webhook_delivery', status: 'pending' }, 202)
}

/** `POST .../test`: one try, now, of an event that leads to no job. */
export const testEndpoint: Handler = async (c) => {
  const { event_type } = await readOptionalBody(c, TestBody)
  const type = event_type ?? TEST_EVENT
  const { id, livemode } = await requireEnabled(c)
  const target = await ofTenant(c, async (stub) => stub.webhookTarget(id, livemode))
  const { url, secrets } = target
  if (url === null) throw new GatewayError(errors.notFound('This stands for many addresses.'))
  const now = Date.now()
  const message = {
    id: eventId(newJobId(), type),
    object: 'event',
    created_at: seconds(now),
    type,
    data: { id },
  }
  const posted = await sendWebhook(
    { url, secrets },
    { id: message.id, body: JSON.stringify(message) },
    { allowPrivate: c.env.ALLOW_PRIVATE_URLS === 'true' },
    now,
  )
  const { status } = posted
  return answerJson(c, {
    object: 'webhook_endpoint.test',
    webhook_endpoint_id: id,
    event_type: type,
    status_code: status,
    success: status !== null && status >= 200 && status < 300,
  })
}
