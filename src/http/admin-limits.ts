import { toUsd } from '../core/money.ts'
import type { Budget, KeyRecord, Limits } from '../tenants/records.ts'
import type * as z from 'zod/mini'
import { micros, type BudgetBody, type LimitsBody } from './admin-body.ts'

/** Names at the API of what is limited. */
const NAMES = {
  requests_per_minute: 'requestsPerMinute',
  images_per_minute: 'imagesPerMinute',
  running: 'running',
  queued: 'queued',
  pixels_per_image: 'pixelsPerImage',
} as const satisfies Record<string, keyof Limits>

const entries = Object.entries(NAMES) as [keyof typeof NAMES, keyof Limits][]

/** What of a body's limits changes; null lifts one limit, or all. */
export function readLimits(body: z.infer<typeof LimitsBody>): { limits?: Partial<Limits> } {
  if (body === undefined) return {}
  const given = entries.flatMap(([name, key]) => {
    const value = body === null ? null : body[name]
    return value === undefined ? [] : [[key, value]]
  })
  return { limits: Object.fromEntries(given) as Partial<Limits> }
}

export const renderLimits = (limits: Limits) =>
  Object.fromEntries(entries.map(([name, key]) => [name, limits[key]]))

export function readBudget(body: z.infer<typeof BudgetBody>): { budget?: Budget | null } {
  if (!body) return body === undefined ? {} : { budget: null }
  return { budget: { micros: micros(body.usd, 'budget.usd'), period: body.period } }
}

export const renderBudget = ({ budget }: KeyRecord) =>
  budget && { usd: toUsd(budget.micros), period: budget.period }
