import { errors, type PublicError } from '../core/error.ts'
import type { JobId } from '../core/ids.ts'
import type { Reservation } from '../core/tenant.ts'
import { heirLineOf } from './keys.ts'
import { countsOn, scopesOf, type Scope } from './scopes.ts'
import { readTenant } from './tenant-row.ts'

/** Open jobs with the same names: those that may call upstreams, and those that wait until they may. */
interface Group {
  countsAs: string
  waits: number
  jobs: number
}

/** Counted from the reservations themselves: a slot cannot be held by what is not open. */
const readGroups = (sql: SqlStorage): Group[] =>
  sql
    .exec<{ counts_as: string; waits: number; jobs: number }>(
      `SELECT counts_as, waits, count(*) AS jobs FROM reservation WHERE state = 'open'
       GROUP BY counts_as, waits`,
    )
    .toArray()
    .map(({ counts_as: countsAs, ...rest }) => ({ countsAs, ...rest }))

function isFull(groups: Group[], scope: Scope, what: 'running' | 'queued'): boolean {
  const most = scope.limits[what]
  if (most === null) return false
  const held = groups.filter(
    (it) => it.waits === Number(what === 'queued') && countsOn(it.countsAs, scope),
  )
  return held.reduce((sum, { jobs }) => sum + jobs, 0) >= most
}

/** Whether a new job starts or waits for a slot; a refusal where it may do neither. */
export function placeJob(
  sql: SqlStorage,
  scopes: Scope[],
  r: Reservation,
): { waits: boolean } | { refusal: PublicError } {
  const limited = scopes.filter(({ limits }) => limits.running !== null)
  if (limited.length === 0) return { waits: false }
  const groups = readGroups(sql)
  const busy = limited.find((scope) => isFull(groups, scope, 'running'))
  if (!busy) return { waits: false }
  const full = scopes.find((scope) => isFull(groups, scope, 'queued'))
  if (r.mayWait && !full) return { waits: true }
  const { whose, limits } = full && r.mayWait ? full : busy
  const what = r.mayWait ? 'queued' : 'running'
  const message =
    `${whose} may have ${limits[what]} jobs ${what}, and this request has no room among them.` +
    (full || r.mayWait ? '' : ' With `Prefer: respond-async` it waits for its turn.')
  return { refusal: errors.rate(message, Math.max(1, Math.ceil(r.usualSeconds))) }
}

/** The job's place among those that wait for the slots that it lacks, 1 = next. */
export function positionOf(sql: SqlStorage, scopes: Scope[], seq: number): number {
  const groups = readGroups(sql)
  const waiting = readWaiting(sql, seq)
  const places = scopes
    .filter((scope) => isFull(groups, scope, 'running'))
    .map((scope) => waiting.filter(({ counts_as: names }) => countsOn(names, scope)).length)
  return Math.max(1, ...places)
}

type Waiting = { job: string; key_id: string; counts_as: string }

/** In the order of admission. */
const readWaiting = (sql: SqlStorage, last = Number.MAX_SAFE_INTEGER): Waiting[] =>
  sql
    .exec<Waiting>(
      'SELECT job, key_id, counts_as FROM reservation WHERE waits = 1 AND seq <= ? ORDER BY seq',
      last,
    )
    .toArray()

/** Gives free slots to the jobs that have waited longest, and returns those jobs. */
export function grantSlots(sql: SqlStorage): JobId[] {
  const waiting = readWaiting(sql)
  const tenant = waiting.length > 0 ? readTenant(sql) : null
  if (!tenant) return []
  const groups = readGroups(sql)
  const lines = new Map(waiting.map(({ key_id: id }) => [id, heirLineOf(sql, id)]))
  return waiting.flatMap(({ job, key_id: id, counts_as: countsAs }) => {
    const scopes = scopesOf(tenant, lines.get(id)!, countsAs.startsWith('live'))
    if (scopes.some((scope) => isFull(groups, scope, 'running'))) return []
    groups.push({ countsAs, waits: 0, jobs: 1 })
    sql.exec('UPDATE reservation SET waits = 0 WHERE job = ?', job)
    return [job]
  })
}
