import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import { toUsd } from '../core/money.ts'
import { callObject } from '../outbound/object-call.ts'
import { answerJson } from './answer.ts'
import type { App, Handler } from './context.ts'

/** `GET /v1/balance`: USD; `balance_usd` is null when the tenant has no limit. */
export const readBalance: Handler = async (c) => answerJson(c, await balanceOf(c))

export async function balanceOf(c: Context<App>) {
  const { tenant } = c.var.actor
  const found = await callObject(c.env.TENANTS, tenant, async (stub) => stub.balance())
  if (!found) throw new GatewayError(errors.notFound('There is no such tenant.'))
  const { balance, reserved } = found
  return {
    balance_usd: balance === null ? null : toUsd(balance),
    reserved_usd: toUsd(reserved),
  }
}
