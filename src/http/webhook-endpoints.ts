import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import { seconds } from '../core/seconds.ts'
import { callObject } from '../outbound/object-call.ts'
import type { EndpointPlace, EndpointRecord } from '../tenants/webhook-records.ts'
import { readBody, readOptionalBody } from './admin-body.ts'
import { answerJson } from './answer.ts'
import { byOf } from './audit.ts'
import type { App, Handler } from './context.ts'
import { answerList } from './page.ts'
import {
  EndpointChangeBody,
  NewEndpointBody,
  requireUrl,
  RotateBody,
  settingsOf,
} from './webhook-body.ts'

const unknownEndpoint = (): GatewayError =>
  new GatewayError(errors.notFound('There is no such webhook endpoint.'))

export const placeOf = (c: Context<App>): EndpointPlace => ({
  id: c.req.param('id') ?? '',
  livemode: c.var.actor.livemode,
})

/** A call to the caller's tenant; null and false mean that there is no such endpoint. */
export async function ofTenant<R>(
  c: Context<App>,
  call: (stub: ReturnType<Env['TENANTS']['getByName']>) => Promise<R | null | false>,
): Promise<R> {
  const found = await callObject(c.env.TENANTS, c.var.actor.tenant, call)
  if (found === null || found === false) throw unknownEndpoint()
  return found
}

/** `POST /v1/webhook_endpoints`: the only answer that shows the secret. */
export const createEndpoint: Handler = async (c) => {
  const body = await readBody(c, NewEndpointBody)
  const url = requireUrl(c, body.url)
  const settings = { name: '', description: '', events: [], ...settingsOf(body) }
  // Not repeated: a second try would leave an endpoint whose secret nobody has seen.
  const stub = c.env.TENANTS.getByName(c.var.actor.tenant)
  const made = await stub.createEndpoint({ livemode: c.var.actor.livemode, url, settings }, byOf(c))
  if (made === null) throw unknownEndpoint()
  if (made === 'full')
    throw new GatewayError(
      errors.invalid(null, 'There are 16 webhook endpoints already: delete one.'),
    )
  return answerJson(c, renderEndpoint(made))
}

export const listEndpoints: Handler = async (c) => {
  const { livemode } = c.var.actor
  const data = await ofTenant(c, async (stub) => stub.listEndpoints(livemode))
  return answerList(c, data.map(renderEndpoint), false, { first_id: data.at(0)?.id ?? null })
}

/** `GET /v1/webhook_endpoints/{id}`; `request` stands for the `webhook_url` of requests, and shows its secret. */
export const readEndpoint: Handler = async (c) =>
  answerJson(
    c,
    renderEndpoint(await ofTenant(c, async (stub) => stub.endpoint(placeOf(c), { type: 'read' }))),
  )

export const changeEndpoint: Handler = async (c) => {
  const { enabled, url, ...body } = await readOptionalBody(c, EndpointChangeBody)
  const change = {
    ...settingsOf(body),
    ...(url != null && { url: requireUrl(c, url) }),
    ...(enabled != null && { enabled }),
  }
  const changed = await ofTenant(c, async (stub) =>
    stub.endpoint(placeOf(c), { type: 'update', change }, byOf(c)),
  )
  return answerJson(c, renderEndpoint(changed))
}

export const deleteEndpoint: Handler = async (c) => {
  const { id } = placeOf(c)
  await ofTenant(c, async (stub) => stub.deleteEndpoint(placeOf(c), byOf(c)))
  return answerJson(c, { id, object: 'webhook_endpoint.deleted', deleted: true })
}

/** `POST .../rotate_secret`: the old secret signs beside the new one for a day, unless the body says no. */
export const rotateSecret: Handler = async (c) => {
  const body = await readOptionalBody(c, RotateBody)
  const keep = body.keep_old_secret_active_for_24_hours ?? true
  // Not repeated: the secret in force a day longer would be one that nobody has seen.
  const stub = c.env.TENANTS.getByName(c.var.actor.tenant)
  const rotated = await stub.endpoint(placeOf(c), { type: 'rotate', keep }, byOf(c))
  if (!rotated) throw unknownEndpoint()
  return answerJson(c, renderEndpoint(rotated))
}

/** In the shape of OpenAI's endpoints, so that its clients manage ours. */
const renderEndpoint = ({ secret, disabled, ...it }: EndpointRecord) => ({
  id: it.id,
  object: 'webhook_endpoint',
  created_at: seconds(it.createdAt),
  name: it.name,
  description: it.description,
  url: it.url,
  event_types: it.events,
  status: disabled ? 'disabled' : 'enabled',
  disabled_reason: disabled && disabled.why,
  signing_secret_hint: it.hint,
  ...(secret !== null && { signing_secret: secret }),
})
