import type { Delivery } from '../core/delivery.ts'
import type { JobId } from '../core/ids.ts'
import type { StoredImage } from '../core/image.ts'
import { newJob, type Attempt, type JobState, type Terms } from '../core/job-state.ts'
import type { Plan } from '../core/plan.ts'
import type { Submission } from '../core/request.ts'
import { RETENTION } from '../core/retention.ts'
import type { Caller, Member, ReuseClaim } from '../core/tenant.ts'
import { hasRows, JOB_STEPS } from './ladder.ts'

/** What never changes after `create`. */
export interface JobFacts {
  v: 1
  id: JobId
  submission: Submission
  plan: Plan
  actor: Caller
  /** Scheme and host that the links begin with. */
  origin: string
  reuse: ReuseClaim[]
  /** Fingerprint of the request; missing in rows older than this field. */
  hash?: string
  /** All jobs of its request; missing = it is the only one. */
  group?: Member[]
  /** Its price was held before it was made. */
  isHeld?: boolean
}

/** A job as it lies in its object's database. */
export interface JobRecord {
  facts: JobFacts
  state: JobState
}

/** A job that waits for its admission. */
export function newRecord(facts: JobFacts, now: number): JobRecord {
  const { plan, actor, submission } = facts
  const seconds = submission.gateway.retentionSeconds ?? actor.retentionSeconds ?? RETENTION.usual
  return { facts, state: newJob(plan, submission.gateway, 1000 * seconds, now) }
}

/** The version comes first; the facts, which may be long, stand alone. Rows of a kind count from `first`. */
const VERSION = 0
const FACTS = 1
const STATE = 2
const KINDS = {
  attempt: { first: 1000, end: 2000 },
  image: { first: 2000, end: 3000 },
  event: { first: 3000, end: 4000 },
  delivery: { first: 4000, end: 5000 },
} as const

type Kind = keyof typeof KINDS

/** Makes the table and writes the first rows; the caller sets the alarm in the same stretch. */
export function insertJob(sql: SqlStorage, { facts, state }: JobRecord): void {
  sql.exec(JOB_STEPS.join(';'))
  sql.exec(
    'INSERT INTO rows VALUES (?, ?), (?, ?), (?, ?)',
    VERSION,
    String(JOB_STEPS.length),
    FACTS,
    JSON.stringify(facts),
    STATE,
    JSON.stringify(withoutRows(state)),
  )
}

/** Null when this object holds no job; reading then leaves nothing on disk. */
export function readJob(sql: SqlStorage): JobRecord | null {
  if (!hasRows(sql)) return null
  const head = sql.exec<Row>('SELECT id, json FROM rows WHERE id <= ?', STATE).toArray()
  const textOf = (id: number) => head.find((row) => row.id === id)?.json
  const [facts, state] = [textOf(FACTS), textOf(STATE)]
  if (facts === undefined || state === undefined) return null
  const attempts = readKind(sql, 'attempt').map(({ value }) => value as Attempt)
  const images = readKind(sql, 'image').map(({ value }) => value as StoredImage)
  const deliveries = readKind(sql, 'delivery').map(({ value }) => value as Delivery)
  return {
    facts: JSON.parse(facts) as JobFacts,
    state: { ...(JSON.parse(state) as JobState), attempts, images, deliveries },
  }
}

type Row = { id: number; json: string }

/** Rows of one kind behind number `after`, in order. */
export function readKind(sql: SqlStorage, kind: Kind, after = -1): { n: number; value: unknown }[] {
  const { first, end } = KINDS[kind]
  return sql
    .exec<Row>('SELECT id, json FROM rows WHERE id > ? AND id < ? ORDER BY id', first + after, end)
    .toArray()
    .map(({ id, json }) => ({ n: id - first, value: JSON.parse(json) as unknown }))
}

/** Greatest number of a kind; 0 when there is none. */
export function lastOf(sql: SqlStorage, kind: Kind): number {
  const { first, end } = KINDS[kind]
  const query = 'SELECT max(id) AS last FROM rows WHERE id >= ? AND id < ?'
  const { last } = sql.exec<{ last: number | null }>(query, first, end).one()
  return last === null ? 0 : last - first
}

export function writeRow(sql: SqlStorage, kind: Kind, n: number, value: object): void {
  write(sql, KINDS[kind].first + n, value)
}

function write(sql: SqlStorage, id: number, value: object): void {
  sql.exec('INSERT OR REPLACE INTO rows VALUES (?, ?)', id, JSON.stringify(value))
}

/** Writes what changed, in the caller's transaction; untouched rows are the same object. */
export function updateJob(sql: SqlStorage, before: JobState, after: JobState): void {
  if (before === after) return
  for (const attempt of after.attempts)
    if (before.attempts[attempt.n] !== attempt) writeRow(sql, 'attempt', attempt.n, attempt)
  for (const image of after.images)
    if (!before.images.includes(image)) writeRow(sql, 'image', image.n, image)
  for (const delivery of after.deliveries)
    if (before.deliveries[delivery.n] !== delivery) writeRow(sql, 'delivery', delivery.n, delivery)
  write(sql, STATE, withoutRows(after))
}

/** What has rows of its own, so that a step rewrites little. */
const withoutRows = (state: JobState): JobState => ({
  ...state,
  attempts: [],
  images: [],
  deliveries: [],
})

export const termsOf = ({ plan, submission }: JobFacts): Terms => ({
  routes: plan.routes,
  price: plan.price,
  onUnknown: submission.gateway.onUnknown,
  invalid: submission.invalid,
})
