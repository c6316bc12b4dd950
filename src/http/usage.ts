import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import { toUsd } from '../core/money.ts'
import { callObject } from '../outbound/object-call.ts'
import type { Counts } from '../tenants/usage.ts'
import type { GroupValue, UsagePage, UsageQuery } from '../tenants/usage-query.ts'
import { ofTenant } from './admin.ts'
import { answerJson } from './answer.ts'
import type { App, Handler } from './context.ts'
import { answerCsv, text, usd, wantsCsv } from './csv.ts'
import { limitOf, readAfter, readQuery, showDay } from './usage-request.ts'

/** Rows of one page; a file is put together from such pages. */
const MAX_PAGE = 1000

type Ask = (query: Omit<UsageQuery, 'livemode'>) => Promise<UsagePage>

/** `GET /v1/usage?from&to&group_by&format&limit&after`: of live keys or of test keys, as the caller's. */
export const readUsage: Handler = (c) => {
  const { tenant, livemode } = c.var.actor
  return answerUsage(c, TENANT_COLUMNS, async (query) => {
    const found = await callObject(c.env.TENANTS, tenant, async (stub) =>
      stub.usage({ ...query, livemode }),
    )
    if (!found) throw new GatewayError(errors.notFound('There is no such tenant.'))
    return found
  })
}

/** `GET /admin/tenants/{id}/usage`: of live keys, and with what upstreams took. */
export const readTenantUsage: Handler = (c) =>
  answerUsage(c, ADMIN_COLUMNS, (query) =>
    ofTenant(c, async (stub) => stub.usage({ ...query, livemode: true })),
  )

/** A count's name in answers, and its column: of money, of what some upstreams do not tell, or plain. */
type Column = [name: string, count: keyof Counts, kind?: 'usd' | 'told']

const TENANT_COLUMNS: Column[] = [
  ['requests', 'requests'],
  ['reused', 'reused'],
  ['images', 'images'],
  ['charge_usd', 'charge', 'usd'],
  ['input_tokens', 'input_tokens', 'told'],
  ['output_tokens', 'output_tokens', 'told'],
  ['possibly_billed_upstream', 'possibly_billed'],
  ['unpriced', 'unpriced'],
]

const ADMIN_COLUMNS: Column[] = TENANT_COLUMNS.toSpliced(4, 0, ['cost_usd', 'cost', 'usd'])

async function answerUsage(c: Context<App>, columns: Column[], ask: Ask): Promise<Response> {
  const query = readQuery(c)
  const [from, to] = [showDay(query.from), showDay(query.to)]
  const read = (limit: number, after = c.req.query('after')) =>
    ask({ ...query, limit, ...(after !== undefined && { after: readAfter(after) }) })
  if (wantsCsv(c))
    return answerCsv(c, `usage-${from}-${to}`, async (after) => {
      const page = await read(MAX_PAGE, after)
      const header = [...page.groups, ...columns.map(([name]) => name)]
      return {
        header,
        rows: page.data.map((row) => toCells(columns, row)),
        next: nextOf(page),
      }
    })
  const page = await read(limitOf(c, MAX_PAGE))
  const data = page.data.map((row) => render(page, columns, row))
  const last_id = nextOf(page)
  return answerJson(c, { object: 'list', from, to, data, has_more: page.hasMore, last_id })
}

type Row = UsagePage['data'][number]

const nextOf = ({ data, hasMore }: UsagePage): string | null =>
  hasMore ? JSON.stringify(data.at(-1)!.values) : null

/** Tokens that nobody told are unknown, not 0. */
const isUntold = (count: number, kind: Column[2]): boolean => kind === 'told' && count === 0

/** Null = the request had none. */
const valueOf = (value: GroupValue): string | null =>
  typeof value === 'number' ? showDay(value) : value || null

function render({ groups }: UsagePage, columns: Column[], { values, counts }: Row) {
  const tags: Record<string, string | null> = {}
  const row: Record<string, unknown> = { object: 'usage' }
  for (const [i, group] of groups.entries()) {
    const isTag = group.startsWith('tag:')
    const value = valueOf(values[i]!)
    if (isTag) tags[group.slice('tag:'.length)] = value
    else row[group] = value
  }
  if (Object.keys(tags).length > 0) row['tags'] = tags
  for (const [name, count, kind] of columns) {
    const n = counts[count]
    row[name] = isUntold(n, kind) ? null : kind === 'usd' ? toUsd(n) : n
  }
  return row
}

function toCells(columns: Column[], { values, counts }: Row): string[] {
  const cells = columns.map(([, count, kind]) => {
    const n = counts[count]
    return isUntold(n, kind) ? '' : kind === 'usd' ? usd(n) : String(n)
  })
  return [...values.map((value) => text(valueOf(value))), ...cells]
}
