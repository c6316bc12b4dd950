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

const TABLES = [
  'CREATE TABLE meta(version INTEGER NOT NULL)',
  'INSERT INTO meta(version) VALUES (1)',
  'CREATE TABLE job(one INTEGER PRIMARY KEY CHECK (one = 1), facts TEXT NOT NULL, state TEXT NOT NULL)',
  'CREATE TABLE attempts(n INTEGER PRIMARY KEY, json TEXT NOT NULL)',
  'CREATE TABLE images(n INTEGER PRIMARY KEY, json TEXT NOT NULL)',
  'CREATE TABLE events(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, n INTEGER, k INTEGER, json TEXT NOT NULL)',
]

/** Makes the tables and writes the first row; the caller sets the alarm in the same stretch. */
export function insertJob(sql: SqlStorage, { facts, state }: JobRecord): void {
  for (const table of TABLES) sql.exec(table)
  const insert = 'INSERT INTO job(one, facts, state) VALUES (1, ?, ?)'
  sql.exec(insert, JSON.stringify(facts), JSON.stringify(withoutRows(state)))
}

/** Null when this object holds no job; reading then leaves nothing on disk. */
export function readJob(sql: SqlStorage): JobRecord | null {
  const known = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'job'")
  if (known.toArray().length === 0) return null
  const [row] = sql.exec<{ facts: string; state: string }>('SELECT facts, state FROM job').toArray()
  if (!row) return null
  const attempts = readAll<Attempt>(sql, 'SELECT json FROM attempts ORDER BY n')
  const images = readAll<StoredImage>(sql, 'SELECT json FROM images ORDER BY n')
  const state = JSON.parse(row.state) as JobState
  return { facts: JSON.parse(row.facts) as JobFacts, state: { ...state, attempts, images } }
}

const readAll = <Row>(sql: SqlStorage, query: string): Row[] =>
  sql
    .exec<{ json: string }>(query)
    .toArray()
    .map(({ json }) => JSON.parse(json) as Row)

/** Writes what changed, in the caller's transaction; untouched rows are the same object. */
export function updateJob(sql: SqlStorage, before: JobState, after: JobState): void {
  if (before === after) return
  for (const attempt of after.attempts)
    if (before.attempts[attempt.n] !== attempt)
      sql.exec('INSERT OR REPLACE INTO attempts VALUES (?, ?)', attempt.n, JSON.stringify(attempt))
  for (const image of after.images)
    if (!before.images.includes(image))
      sql.exec('INSERT OR REPLACE INTO images VALUES (?, ?)', image.n, JSON.stringify(image))
  sql.exec('UPDATE job SET state = ?', JSON.stringify(withoutRows(after)))
}

/** Attempts and images have tables of their own, so that a step rewrites little. */
const withoutRows = (state: JobState): JobState => ({ ...state, attempts: [], images: [] })

export const termsOf = ({ plan, submission }: JobFacts): Terms => ({
  routes: plan.routes,
  pricePerImage: plan.pricePerImage,
  onUnknown: submission.gateway.onUnknown,
})
