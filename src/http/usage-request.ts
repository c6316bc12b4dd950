import type { Context } from 'hono'
import { parseDay } from '../core/seconds.ts'
import { invalid } from '../dialects/invalid.ts'
import { dayOf } from '../tenants/usage.ts'
import type { Group, GroupValue, UsageQuery } from '../tenants/usage-query.ts'
import type { App } from './context.ts'

/** Of a tag that usage is counted by: a key of `metadata`, without what a JSON path would read. */
export const TAG_NAME = /^[\w.-]{1,64}$/

const GROUP = /^(?:day|key|model|tag|tag:[\w.-]{1,64})$/
/** Different groups of one question. */
const MAX_GROUPS = 12
/** Days before today where `from` is missing. */
const DEFAULT_DAYS = 30

const isGroup = (name: string): name is Group => GROUP.test(name)

const refuse = (param: string, expected: string) => invalid(param, `expected ${expected}`)

/** `from`, `to` and `group_by` of a request for usage. */
export function readQuery(c: Context<App>): Pick<UsageQuery, 'from' | 'to' | 'groups'> {
  const to = dayIn(c, 'to') ?? dayOf(Date.now())
  const from = dayIn(c, 'from') ?? to - DEFAULT_DAYS
  if (from > to) throw refuse('from', "a day that is not after 'to'")
  const names = (c.req.query('group_by') ?? 'day').split(',').filter((name) => name !== '')
  const groups = [...new Set(names)].filter(isGroup)
  if (groups.length < new Set(names).size || groups.length > MAX_GROUPS)
    throw refuse('group_by', `up to ${MAX_GROUPS} of day, key, model, tag, tag:<name>`)
  return { from, to, groups }
}

/** A day as `2026-11-30`, or the day (UTC) of a unix time in seconds. Eight digits could be either: refused. */
function dayIn(c: Context<App>, name: string): number | null {
  const given = c.req.query(name)
  if (given === undefined) return null
  const ms = /^(0|\d{9,10})$/.test(given) ? Number(given) * 1000 : parseDay(given)
  if (ms === null) throw refuse(name, 'a day such as 2026-11-30 (UTC), or unix seconds')
  return dayOf(ms)
}

export const showDay = (day: number): string =>
  new Date(day * 86_400_000).toISOString().slice(0, 10)

/** The values of the last row seen, as an answer gave them in `last_id`. */
export function readAfter(text: string): GroupValue[] {
  try {
    const read: unknown = JSON.parse(text)
    if (Array.isArray(read) && read.every((it) => typeof it === 'number' || typeof it === 'string'))
      return read
  } catch {
    // Told below.
  }
  throw refuse('after', 'the last_id of the page before')
}

/** @param most rows of one page. */
export function limitOf(c: Context<App>, most: number): number {
  const limit = Number(c.req.query('limit') ?? 100)
  if (!Number.isInteger(limit) || limit < 1 || limit > most) throw refuse('limit', `1 to ${most}`)
  return limit
}
