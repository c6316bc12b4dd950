import type { Context } from 'hono'
import type * as z from 'zod/mini'
import { errors, GatewayError } from '../core/error.ts'
import { toUsd } from '../core/money.ts'
import { seconds } from '../core/seconds.ts'
import { callObject } from '../outbound/object-call.ts'
import { newTenantId } from '../tenants/key.ts'
import { DIRECTORY, type TenantRecord } from '../tenants/records.ts'
import {
  ChangeKeyBody,
  ChangeTenantBody,
  CreditBody,
  micros,
  NewKeyBody,
  NewTenantBody,
  readBody,
} from './admin-body.ts'
import { readBudget, readLimits, renderLimits } from './admin-limits.ts'
import { answerJson } from './answer.ts'
import { answerAudit, byOf } from './audit.ts'
import type { App, Handler } from './context.ts'
import { readBounds, readEnd } from './key-body.ts'
import {
  answerChanged,
  answerKey,
  answerKeys,
  answerRevoked,
  answerRotated,
} from './key-answers.ts'
import { answerList, lineQueryOf, pageOf } from './page.ts'

const TENANT_ID = /^[0-9A-Za-z]{10}$/

export const unknownTenant = (): GatewayError =>
  new GatewayError(errors.notFound('There is no such tenant.'))

export function tenantIdOf(c: Context<App>): string {
  const id = c.req.param('id') ?? ''
  if (!TENANT_ID.test(id)) throw unknownTenant()
  return id
}

/** A call to the tenant of the path; null answers mean that it does not exist. */
export async function ofTenant<R>(
  c: Context<App>,
  call: (stub: ReturnType<Env['TENANTS']['getByName']>) => Promise<R | null>,
): Promise<R> {
  const found = await callObject(c.env.TENANTS, tenantIdOf(c), call)
  if (found === null) throw unknownTenant()
  return found
}

/** `POST /admin/tenants`. */
export const createTenant: Handler = async (c) => {
  const body = await readBody(c, NewTenantBody)
  const id = newTenantId()
  const by = byOf(c)
  const balance = body.balance_usd == null ? null : micros(body.balance_usd, 'balance_usd')
  const tenant = await callObject(
    c.env.TENANTS,
    id,
    async (stub) =>
      stub.create(
        {
          id,
          name: body.name,
          balance,
          region: body.region,
          ...settingsOf(body),
        },
        by,
      ),
    body.region ?? undefined,
  )
  const { createdAt } = tenant
  await callObject(c.env.DIRECTORY, DIRECTORY, async (stub) =>
    stub.add({ id, name: body.name, createdAt }, by),
  )
  return answerJson(c, renderTenant(tenant))
}

/** Null = as for a tenant that was made without it. */
const settingsOf = (body: z.infer<typeof ChangeTenantBody>) => ({
  models: body.models,
  ...readLimits(body.limits),
  responseFormat: body.response_format,
  retentionSeconds: body.retention_seconds,
  multiplier: body.multiplier === null ? 1 : body.multiplier,
  usageTags: body.usage_tags === null ? [] : body.usage_tags,
})

/** `PATCH /admin/tenants/{id}`. */
export const changeTenant: Handler = async (c) => {
  const body = await readBody(c, ChangeTenantBody)
  const by = byOf(c)
  const { name, status } = body
  const change = { name, status, ...settingsOf(body) }
  const tenant = await ofTenant(c, async (stub) => stub.update(change, by))
  const { id, createdAt } = tenant
  if (name)
    await callObject(c.env.DIRECTORY, DIRECTORY, async (stub) =>
      stub.add({ id, name, createdAt }, by),
    )
  return answerJson(c, renderTenant(tenant))
}

/** `GET /admin/tenants?limit&after`. */
export const listTenants: Handler = async (c) => {
  const query = pageOf(c)
  const page = await callObject(c.env.DIRECTORY, DIRECTORY, async (stub) => stub.list(query))
  if (!page) throw new GatewayError(errors.invalid('after', "Invalid 'after': unknown tenant."))
  const data = page.data.map(({ id, name, createdAt, deletedAt }) => ({
    id,
    name,
    created_at: seconds(createdAt),
    deleted_at: seconds(deletedAt),
  }))
  return answerList(c, data, page.hasMore)
}

/** `POST /admin/tenants/{id}/keys`: the only answer that shows the key. */
export const createKey: Handler = async (c) => {
  const body = await readBody(c, NewKeyBody)
  // Not repeated: a second try would leave a key that nobody has seen.
  const created = await c.env.TENANTS.getByName(tenantIdOf(c)).createKey(
    {
      name: body.name,
      livemode: !body.test,
      scopes: body.scopes ?? undefined,
      models: body.models,
      ...readEnd(body.expires_in),
      ...readBounds(body),
      ...readLimits(body.limits),
      ...readBudget(body.budget),
    },
    byOf(c),
  )
  if (!created) throw unknownTenant()
  return answerKey(c, created)
}

/** `GET /admin/tenants/{id}/keys?limit&after`: newest first. */
export const listKeys: Handler = async (c) => answerKeys(c, tenantIdOf(c))

/** `PATCH /admin/tenants/{id}/keys/{key}`. */
export const changeKey: Handler = async (c) => {
  const { limits, budget, expires_in, ...settings } = await readBody(c, ChangeKeyBody)
  const change = {
    ...settings,
    ...readEnd(expires_in),
    ...readLimits(limits),
    ...readBudget(budget),
  }
  return answerChanged(c, tenantIdOf(c), change)
}

/** `DELETE /admin/tenants/{id}/keys/{key}`: nothing paid starts after it; free reads end within 30 s. */
export const revokeKey: Handler = async (c) => answerRevoked(c, tenantIdOf(c))

/** `POST /admin/tenants/{id}/keys/{key}/rotate`: shows the new key, the old one goes on for the overlap. */
export const rotateKey: Handler = async (c) => answerRotated(c, tenantIdOf(c))

/** `GET /admin/tenants/{id}/audit?limit&after`: newest first. */
export const readTenantAudit: Handler = async (c) => {
  const query = lineQueryOf(c)
  return answerAudit(c, await ofTenant(c, async (stub) => stub.audit(query)))
}

/** `GET /admin/audit?limit&after`: tenants that came, changed their name or went. */
export const readAudit: Handler = async (c) => {
  const query = lineQueryOf(c)
  const ask = async (stub: ReturnType<Env['DIRECTORY']['getByName']>) => stub.audit(query)
  return answerAudit(c, await callObject(c.env.DIRECTORY, DIRECTORY, ask))
}

/** `POST /admin/tenants/{id}/credit`: once per reference. */
export const creditTenant: Handler = async (c) => {
  const { amount_usd, reference } = await readBody(c, CreditBody)
  const amount = micros(amount_usd, 'amount_usd')
  const by = byOf(c)
  const credited = await ofTenant(c, async (stub) => stub.credit({ amount, reference }, by))
  if (!credited.ok) throw new GatewayError(credited.refusal)
  const { balance, duplicate } = credited
  return answerJson(c, { balance_usd: balance === null ? null : toUsd(balance), duplicate })
}

export const renderTenant = (tenant: TenantRecord) => ({
  id: tenant.id,
  object: 'tenant',
  name: tenant.name,
  status: tenant.status,
  created_at: seconds(tenant.createdAt),
  balance_usd: tenant.balance === null ? null : toUsd(tenant.balance),
  reserved_usd: toUsd(tenant.reserved),
  models: tenant.models,
  limits: renderLimits(tenant.limits),
  response_format: tenant.responseFormat,
  retention_seconds: tenant.retentionSeconds,
  multiplier: tenant.multiplier,
  usage_tags: tenant.usageTags,
  region: tenant.region,
})
