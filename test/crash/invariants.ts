import { I8 } from './events.ts'
import {
  ENDS,
  orderOf,
  type Invariant,
  type Left,
  type Order,
  type Seen,
  type SeenJob,
} from './order.ts'

const micros = (usd: number): number => Math.round(usd * 1e6)

const jobsNamed = (jobs: SeenJob[], name: string): SeenJob[] =>
  jobs.filter((job) => orderOf(job) === name)

const jobsOf = ({ jobs }: Seen, { name }: Order): SeenJob[] => jobsNamed(jobs, name)

const isEnded = ({ status }: SeenJob): boolean => ENDS.includes(status)

/** Jobs that answer one order. */
const dueOf = ({ group = 1 }: Order): number => group

/** No acknowledged job is lost: it exists and ends; of those that one order asks for, all or none. */
const I1: Invariant = ({ orders, jobs, unreadable }) => [
  ...orders
    .filter(({ group, name }) => group && ![0, group].includes(jobsNamed(jobs, name).length))
    .map(({ group, name }) => `${name}: ${jobsNamed(jobs, name).length} of ${group} jobs`),
  ...orders
    .filter(({ wish }) => wish !== 'delete')
    .flatMap(({ acknowledged, name }) =>
      [...acknowledged]
        .filter((id) => !jobs.some((job) => job.id === id))
        .map((id) => `${name}: ${id} was acknowledged and is lost`),
    ),
  ...unreadable.map((id) => `${id} is listed and cannot be read`),
  ...jobs.filter((job) => !isEnded(job)).map(({ id, status }) => `${id} is ${status} for ever`),
]

/** Exactly one terminal event, and the status says the same. */
const I2: Invariant = ({ jobs }) =>
  jobs
    .filter((job) => isEnded(job) && String(job.ends) !== job.status)
    .map(({ id, status, ends }) => `${id} is ${status} and told ${ends.join(' and ') || 'no end'}`)

/** balance0 = balance + sum(charges). */
const I3: Invariant = ({ opening, balance, charges }) => {
  const charged = charges.reduce((sum, { amount_usd: usd }) => sum - micros(usd), 0)
  return micros(opening) === micros(balance) + charged
    ? []
    : [`${opening} USD less ${charged / 1e6} are not ${balance}`]
}

/** Micro-dollars. */
function priceOf({ data, usage }: SeenJob, rates: Order['rates'], perImage: number): number {
  if (!rates) return micros(perImage) * data.length
  const { input_tokens: read = NaN, output_tokens: drawn = NaN } = usage ?? {}
  return Math.ceil(read * rates.text_in) + Math.ceil(drawn * rates.image_out)
}

/** Charged for the images stored and nothing else, at most once: each job, and each request however often it came. */
const I4: Invariant = (seen) => {
  const { orders, jobs, charges, price } = seen
  const twice = charges.filter(({ job }, i) => charges.findIndex((it) => it.job === job) < i)
  const wrong = jobs.filter((job) => {
    const line = charges.find((charge) => charge.job === job.id)
    const order = orders.find(({ name }) => name === orderOf(job))
    const due = job.status === 'succeeded' ? priceOf(job, order?.rates, price) : 0
    return due !== -micros(line?.amount_usd ?? 0) || due !== micros(job.cost.usd ?? 0)
  })
  const repeated = orders.filter(
    (order) =>
      jobsOf(seen, order).filter(({ status }) => status === 'succeeded').length > dueOf(order),
  )
  return [
    ...repeated.map(({ name }) => `${name} was asked for once and charged twice`),
    ...twice.map(({ job }) => `${job} was charged twice`),
    ...wrong.map(({ id, data, cost }) => `${id}: ${cost.usd} USD for ${data.length} images`),
  ]
}

/** Succeeded implies that each image can be fetched, with the recorded SHA-256. */
const I5: Invariant = ({ jobs }) =>
  jobs
    .filter(({ status }) => status === 'succeeded')
    .flatMap(({ id, data, links }) => [
      ...(data.length === 0 ? [`${id} succeeded without an image`] : []),
      ...data.flatMap(({ sha256 }, n) =>
        links[n]?.status === 200 && links[n].sha256 === sha256
          ? []
          : [`image ${n} of ${id} is lost: ${links[n]?.status}`],
      ),
    ])

/** Paid upstream calls stay within the bound: one more for each call that was cut off, and none for a handle. */
const I6: Invariant = (seen) =>
  seen.orders.flatMap((order) => {
    const { name, parts, kind } = order
    const jobs = jobsOf(seen, order)
    const paid = seen.paid.get(name) ?? 0
    const atMost = parts + Math.min(parts, seen.windows?.get(name) ?? parts)
    const allowed = Math.max(1, order.idempotencyKey === null ? jobs.length : 1) * atMost
    const resent = jobs.filter(
      ({ attempts }) =>
        kind === 'handle' &&
        parts === 1 &&
        attempts.slice(0, -1).some((attempt) => attempt.upstream_job_id !== null),
    )
    return [
      ...(paid > allowed ? [`${name}: ${paid} paid calls, ${allowed} allowed`] : []),
      ...resent.map(({ id }) => `${id} was sent again after its handle was stored`),
    ]
  })

/** One idempotency key, one job, or one group of jobs. */
const I7: Invariant = (seen) =>
  seen.orders
    .filter((order) => order.idempotencyKey !== null)
    .filter((order) => Math.max(jobsOf(seen, order).length, order.acknowledged.size) > dueOf(order))
    .map(({ name, acknowledged }) => `${name} has several jobs: ${[...acknowledged].join(' ')}`)

/** No open reservation without a live job. */
const I9: Invariant = ({ reserved, jobs }) =>
  reserved > 0 && jobs.every(isEnded) ? [`${reserved} USD are held for nobody`] : []

/** No byte or row of tenant A answers tenant B. */
const I11: Invariant = ({ foreign, leaked }) => [
  ...foreign.filter((status) => status !== 404).map((status) => `a stranger got a ${status}`),
  ...leaked.map((id) => `${id} is in a stranger's list`),
]

const INVARIANTS = { I1, I2, I3, I4, I5, I6, I7, I8, I9, I11 }

/** Violations of all of them, each with the name of what it violates. */
export const violationsIn = (seen: Seen): string[] =>
  Object.entries(INVARIANTS).flatMap(([name, find]) => find(seen).map((what) => `${name} ${what}`))

/** I10: after the purge there is no R2 object and no row. */
export const remainsOf = ({ keys, jobs }: Left): string[] => [
  ...keys.map((key) => `I10 ${key} is left in R2`),
  ...jobs.map((job) => `I10 ${job} has rows`),
]
