import type { JobId } from '../core/ids.ts'
import type { StoredImage } from '../core/image.ts'
import type { Attempt, JobState, Terms } from '../core/job-state.ts'
import type { Plan } from '../core/plan.ts'
import type { Submission } from '../core/request.ts'
import type { Actor, ReuseClaim } from '../core/tenant.ts'

/** What never changes after `create`. */
export interface JobFacts {
  v: 1
  id: JobId
  submission: Submission
  plan: Plan
  actor: Actor
  /** Scheme and host that the links begin with. */
  origin: string
  reuse: ReuseClaim[]
}

/** A job as it lies in its object's database. */
export interface JobRecord {
  facts: JobFacts
  state: JobState
}

/**
 * One statement and few tables: a job is a database of its own, and each table is two more pages to write.
 * `version` counts migrations. `parts` holds attempts and images, so that a step rewrites little.
 */
const TABLES = `
  CREATE TABLE job(one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, facts TEXT NOT NULL, state TEXT NOT NULL);
  CREATE TABLE parts(kind TEXT NOT NULL, n INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, n)) WITHOUT ROWID;
  CREATE TABLE events(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, n INTEGER, k INTEGER, json TEXT NOT NULL);
`

/** Makes the tables and writes the first row; the caller sets the alarm in the same stretch. */
export function insertJob(sql: SqlStorage, { facts, state }: JobRecord): void {
  sql.exec(TABLES)
  const insert = 'INSERT INTO job(one, version, facts, state) VALUES (1, 1, ?, ?)'
  sql.exec(insert, JSON.stringify(facts), JSON.stringify(withoutRows(state)))
}

/** Null when this object holds no job; reading then leaves nothing on disk. */
export function readJob(sql: SqlStorage): JobRecord | null {
  const known = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'job'")
  if (known.toArray().length === 0) return null
  const [row] = sql.exec<{ facts: string; state: string }>('SELECT facts, state FROM job').toArray()
  if (!row) return null
  const attempts = readAll<Attempt>(sql, 'attempt')
  const images = readAll<StoredImage>(sql, 'image')
  const state = JSON.parse(row.state) as JobState
  return { facts: JSON.parse(row.facts) as JobFacts, state: { ...state, attempts, images } }
}

const readAll = <Row>(sql: SqlStorage, kind: 'attempt' | 'image'): Row[] =>
  sql
    .exec<{ json: string }>('SELECT json FROM parts WHERE kind = ? ORDER BY n', kind)
    .toArray()
    .map(({ json }) => JSON.parse(json) as Row)

/** Writes what changed, in the caller's transaction; untouched rows are the same object. */
export function updateJob(sql: SqlStorage, before: JobState, after: JobState): void {
  if (before === after) return
  for (const attempt of after.attempts)
    if (before.attempts[attempt.n] !== attempt) write(sql, 'attempt', attempt)
  for (const image of after.images) if (!before.images.includes(image)) write(sql, 'image', image)
  sql.exec('UPDATE job SET state = ?', JSON.stringify(withoutRows(after)))
}

function write(sql: SqlStorage, kind: 'attempt' | 'image', row: { n: number }): void {
  sql.exec('INSERT OR REPLACE INTO parts VALUES (?, ?, ?)', kind, row.n, JSON.stringify(row))
}

const withoutRows = (state: JobState): JobState => ({ ...state, attempts: [], images: [] })

export const termsOf = ({ plan, submission }: JobFacts): Terms => ({
  routes: plan.routes,
  pricePerImage: plan.pricePerImage,
  onUnknown: submission.gateway.onUnknown,
})
