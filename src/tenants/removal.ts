import type { JobId, TenantId } from '../core/ids.ts'
import { describeCause, log } from '../core/log.ts'
import type { ImagesLeft } from '../core/tenant.ts'
import { DIRECTORY, type By, type Deleted, type Removal } from './records.ts'
import { audited } from './audit.ts'
import { emptyPrefix } from './empty-prefix.ts'
import { readTenant } from './tenant-row.ts'

/** Jobs erased by one run, and pages of R2 emptied: the free plan allows 50 subrequests. */
const MAX_JOBS = 40
const MAX_PAGES = 10

/** A run that died is taken up after this, and one that could do nothing tries again after that. ms. */
const LEASE_MS = 5000
const PAUSE_MS = 2000

const NOTHING: Deleted = { jobs: 0, images: 0, bytes: 0, otherObjects: 0 }

/** `by` is missing in marks of older code. */
type Marked = { since: number; deleted: Deleted; by?: By }

const readMark = (sql: SqlStorage): Marked | null => {
  const [row] = sql.exec<{ removal: string | null }>('SELECT removal FROM tenant').toArray()
  return row?.removal ? (JSON.parse(row.removal) as Marked) : null
}

const writeMark = (sql: SqlStorage, mark: Marked): void => {
  sql.exec('UPDATE tenant SET removal = ?', JSON.stringify({ v: 1, ...mark }))
}

/** Null while the tenant is not being deleted. */
export function readRemoval(sql: SqlStorage): Removal | null {
  const mark = readMark(sql)
  if (!mark) return null
  const live = 'SELECT COUNT(*) AS jobs FROM reservation WHERE keep_until IS NULL'
  const { since, deleted } = mark
  return { since, deleted, left: sql.exec<{ jobs: number }>(live).one() }
}

/** From here on no key of the tenant is valid. The first call counts; null for a tenant that is not there. */
export function beginRemoval(sql: SqlStorage, by: By, now: number): Removal | null {
  const look = () => readTenant(sql)
  const target = look()?.id
  if (target && !readMark(sql))
    audited(sql, by, now, { act: 'tenant.delete', target, look }, () =>
      writeMark(sql, { since: now, deleted: NOTHING, by }),
    )
  return readRemoval(sql)
}

function count(sql: SqlStorage, more: Partial<Deleted>): void {
  const mark = readMark(sql)
  if (!mark) return
  const { jobs, images, bytes, otherObjects } = { ...NOTHING, ...more }
  const before = mark.deleted
  const deleted: Deleted = {
    jobs: before.jobs + jobs,
    images: before.images + images,
    bytes: before.bytes + bytes,
    otherObjects: before.otherObjects + otherObjects,
  }
  writeMark(sql, { ...mark, deleted })
}

/** A job goes, in the transaction that marks it as gone: it is counted once, however often it says so. */
export function countForgotten(sql: SqlStorage, job: JobId, had: ImagesLeft): void {
  const live = 'SELECT 1 FROM reservation WHERE job = ? AND keep_until IS NULL'
  if (sql.exec(live, job).toArray().length > 0) count(sql, { jobs: 1, ...had })
}

/**
 * One run of the alarm: tells the directory, and erases some jobs, running ones first; when none is left,
 * what lies under the tenant's prefixes in R2; then tells the directory that it is done and empties its own
 * storage. Repeatable at any point.
 */
export async function removeSome(
  storage: DurableObjectStorage,
  env: Env,
  now: () => number,
): Promise<void> {
  await storage.setAlarm(now() + LEASE_MS)
  try {
    const done = await step(storage, env, now)
    if (done === 'all') return
    await storage.setAlarm(now() + (done === 'some' ? 0 : PAUSE_MS))
  } catch (caught) {
    log('removal_failed', { cause: describeCause(caught) })
    await storage.setAlarm(now() + PAUSE_MS)
  }
}

async function step(
  storage: DurableObjectStorage,
  env: Env,
  now: () => number,
): Promise<'some' | 'none' | 'all'> {
  const { sql } = storage
  const { id, name, createdAt } = readTenant(sql)!
  const { since, by } = readMark(sql)!
  const directory = env.DIRECTORY.getByName(DIRECTORY)
  const entry = { id, name, createdAt }
  await directory.deleting(entry, since, by)
  const jobs = takeJobs(sql, now())
  if (jobs.length > 0) {
    const erased = await Promise.all(jobs.map((job) => erase(sql, env, id, job)))
    return erased.includes(true) ? 'some' : 'none'
  }
  let pages = MAX_PAGES
  for (const kind of ['images', 'partials', 'inputs']) {
    const emptied = await emptyPrefix(env.IMAGES_BUCKET, `${kind}/${id}/`, pages)
    const { objects, bytes } = emptied
    if (objects > 0) count(sql, { otherObjects: objects, bytes })
    pages -= emptied.pages
    if (emptied.more) return 'some'
  }
  const gone = { deletedAt: now(), deleted: readMark(sql)!.deleted }
  await directory.bury(entry, gone, by)
  // A job of which nobody knew has settled meanwhile.
  if (sql.exec('SELECT 1 FROM reservation LIMIT 1').toArray().length > 0) return 'some'
  await storage.deleteAlarm()
  await storage.deleteAll()
  return 'all'
}

/** Jobs not yet tried, running ones first, then those tried longest ago; marks them as tried. Sorts only these. */
export function takeJobs(sql: SqlStorage, now: number): JobId[] {
  const { since } = readMark(sql)!
  const rows = sql.exec<{ job: string }>(
    `UPDATE reservation SET woken_at = ?1 WHERE seq IN (
       SELECT seq FROM reservation WHERE state = 'open' AND woken_at <= ?2
       UNION ALL SELECT seq FROM reservation WHERE state <> 'open' AND woken_at <= ?2
       UNION ALL SELECT * FROM (SELECT seq FROM reservation WHERE woken_at > ?2 ORDER BY woken_at)
       LIMIT ?3
     ) RETURNING job`,
    Math.max(now, since + 1),
    since,
    MAX_JOBS,
  )
  return rows.toArray().map(({ job }) => job)
}

/** False when something is left of the job: it is tried again. */
async function erase(sql: SqlStorage, env: Env, tenant: TenantId, job: JobId): Promise<boolean> {
  try {
    if (!(await env.JOBS.getByName(job).erase(tenant))) return false
    sql.exec('DELETE FROM reservation WHERE job = ?', job)
    return true
  } catch (caught) {
    log('erase_failed', { job, cause: describeCause(caught) })
    return false
  }
}
