import type { Context } from 'hono'
import type { Rates } from '../core/tenant.ts'
import type { App } from './context.ts'

/** `6s`, `1m0s`: OpenAI's form, whole seconds. */
export function formatReset(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}

/** What is left of the limits per minute, under OpenAI's names; none where nothing is limited. */
export function setRateHeaders(c: Context<App>, rates: Rates | undefined): void {
  for (const unit of ['requests', 'images'] as const) {
    const rate = rates?.[unit]
    if (!rate) continue
    c.header(`x-ratelimit-limit-${unit}`, String(rate.limit))
    c.header(`x-ratelimit-remaining-${unit}`, String(rate.remaining))
    c.header(`x-ratelimit-reset-${unit}`, formatReset(rate.resetMs))
  }
}
