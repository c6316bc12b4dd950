import { readTenant } from './tenant-row.ts'
import { COUNTS, DAY_IDS, type Counts } from './usage.ts'

/** `tag`: all tags that the tenant counts by now. A name is of letters, digits, `_`, `.` and `-`. */
export type Group = 'day' | 'key' | 'model' | 'tag' | `tag:${string}`

/** Value of a group: a day since 1970, else a text, which is empty where there is none. */
export type GroupValue = number | string

export interface UsageQuery {
  /** Days since 1970, both included. */
  from: number
  to: number
  livemode: boolean
  /** None: one row for all. */
  groups: Group[]
  /** 1..1000. */
  limit: number
  /** The values of the last row seen. */
  after?: GroupValue[]
}

export interface UsagePage {
  /** Without `tag`. */
  groups: Group[]
  /** In order of their values. */
  data: { values: GroupValue[]; counts: Counts }[]
  hasMore: boolean
}

const COLUMNS = new Map<Group, string>([
  ['day', 'day'],
  ['key', 'key_id'],
  ['model', 'model'],
])

type Row = Counts & Record<string, GroupValue>

export function readUsage(sql: SqlStorage, query: UsageQuery): UsagePage {
  const { to, limit, after = [] } = query
  const groups = expand(query.groups, readTenant(sql)?.usageTags ?? [])
  const isByDay = groups[0] === 'day'
  const data: UsagePage['data'] = []
  let from = Math.max(query.from, isByDay ? Number(after[0] ?? 0) : 0)
  while (from <= to && data.length <= limit) {
    // Days that come first are read one by one, so that no page adds up what others show.
    const last = isByDay ? nextDay(sql, from, to) : to
    data.push(...readRows(sql, groups, { ...query, from, to: last }))
    from = last + 1
  }
  return { groups, data: data.slice(0, limit), hasMore: data.length > limit }
}

/** The first day of these that has rows; the last one where no earlier one has. */
const nextDay = (sql: SqlStorage, from: number, to: number): number =>
  sql
    .exec<{ day: number }>(
      'SELECT day FROM usage WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1',
      from * DAY_IDS,
      to * DAY_IDS,
    )
    .toArray()[0]?.day ?? to

function readRows(sql: SqlStorage, groups: Group[], query: UsageQuery): UsagePage['data'] {
  const { from, to, livemode, limit, after } = query
  const names = groups.map((_, i) => `g${i}`)
  const isGrouped = names.length > 0
  const list = names.join()
  const behind = after && isGrouped
  const rows = sql
    .exec<Row>(
      `SELECT ${[...names, ...COUNTS.map((it) => `coalesce(sum(${it}), 0) AS ${it}`)].join()}
       FROM (
         SELECT ${['*', ...groups.map((it, i) => `${COLUMNS.get(it) ?? TAG} AS g${i}`)].join()}
         FROM usage WHERE id >= ? AND id < ? AND livemode = ?
       )
       ${behind ? `WHERE (${list}) > (${names.map(() => '?').join()})` : ''}
       ${isGrouped ? `GROUP BY ${list} ORDER BY ${list}` : ''} LIMIT ?`,
      ...groups.filter((it) => !COLUMNS.has(it)).map((it) => `$."${it.slice('tag:'.length)}"`),
      from * DAY_IDS,
      (to + 1) * DAY_IDS,
      Number(livemode),
      ...(behind ? groups.map((_, i) => after[i] ?? '') : []),
      limit + 1,
    )
    .toArray()
  return rows.map((row) => ({ values: names.map((name) => row[name]!), counts: row }))
}

const TAG = `coalesce(tags ->> ?, '')`

function expand(groups: Group[], tags: string[]): Group[] {
  const named = groups.flatMap((group): Group[] =>
    group === 'tag' ? ['tag:user', ...tags.map((tag): Group => `tag:${tag}`)] : [group],
  )
  return [...new Set(named)]
}
