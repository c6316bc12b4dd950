import {
  hasEnded,
  isBeforeStart,
  waitsForSlot,
  type Effect,
  type JobEvent,
  type JobState,
  type Terms,
} from '../../../src/core/job-state.ts'

/** One event and what the rule made of it. */
export interface Step {
  before: JobState
  event: JobEvent
  after: JobState
  effects: Effect[]
  terms: Terms
  now: number
}

export function law(holds: boolean, words: string): void {
  if (!holds) throw new Error(`broken law: ${words}`)
}

/** What must hold of every step, whatever happened before. */
export function checkStep(step: Step): void {
  const { before, after } = step
  checkEffects(step)
  if (hasEnded(before.status)) checkLateEvent(step)
  else checkProgress(step)
  if (!hasEnded(before.status) && hasEnded(after.status)) checkEnd(step)
  checkAdvice(after)
  checkWish(step)
}

/** Kept out of requests: they cost money, or call out. */
const PAID: readonly Effect['type'][] = ['submit', 'poll', 'store', 'deliver']
/** Events of the alarm's run; all others come from requests or from the tenant. */
const OF_ALARM: readonly JobEvent['type'][] = ['woken', 'due', 'answered', 'stored', 'lost']

function checkEffects({ before, event, after, effects, now }: Step): void {
  law(!waitsForSlot(after) || after.attempts.length === 0, 'nothing starts without a slot')
  for (const { type } of effects) {
    law(OF_ALARM.includes(event.type) || !PAID.includes(type), 'requests start no upstream call')
    law(type !== 'purge' || after.settled, 'purged only after settling')
    law(type !== 'purge' || after.removed || now >= after.expiresAt, 'kept until it expires')
    law(type !== 'deliver' || event.type === 'woken', 'webhooks are sent by the alarm')
    law(type !== 'reserve' || isBeforeStart(before), 'reserved only before it may start')
  }
}

/** Nothing but settling, removal and their times changes once a job has ended. */
function checkLateEvent({ before, event, after, effects, now }: Step): void {
  for (const key of ['status', 'error', 'endedAt', 'charge', 'images', 'attempts'] as const)
    law(after[key] === before[key], `${key} of an ended job stays`)
  law(!before.settled || after.settled, 'settled stays settled')
  law(
    effects.every(({ type }) => ['settle', 'deliver', 'tell', 'purge'].includes(type)),
    'an ended job is settled, told of and purged only',
  )
  const tooEarly = event.type === 'woken' && !before.settled && now < before.settleDue
  law(!tooEarly || effects.length === 0, 'a settlement waits for its time')
  checkDeliveries({ before, after, effects, now })
  if (['woken', 'remove', 'webhook', 'tried', 'told', 'redeliver'].includes(event.type)) return
  if (!before.settled && (event.type === 'settled' || event.type === 'settle_failed')) return
  law(after === before && effects.length === 0, 'a late event leaves the very same state')
}

function checkDeliveries({
  before,
  after,
  effects,
  now,
}: Pick<Step, 'before' | 'after' | 'effects' | 'now'>): void {
  for (const { n, endpoint, url, type, outcome } of before.deliveries) {
    const kept = after.deliveries[n]!
    const same = kept.endpoint === endpoint && kept.url === url && kept.type === type
    law(kept.n === n && same, 'a delivery keeps its receiver and its event')
    law(outcome !== 'dead' || kept.outcome !== 'delivered', 'what is dead is not delivered')
  }
  for (const effect of effects)
    if (effect.type === 'deliver') {
      const { sending, due } = before.deliveries[effect.delivery]!
      law(!sending || due <= now, 'no second try while one is under way')
    }
  const isPurged = effects.some(({ type }) => type === 'purge')
  law(
    !isPurged || after.deliveries.every(({ outcome }) => outcome !== null),
    'nothing is purged that is still to be delivered',
  )
}

/** A client repeats by itself what it is told to, and what it is not told not to. */
function checkAdvice({ error, attempts, status }: JobState): void {
  const isOpen = status === 'failed' && attempts.some(({ outcome }) => outcome === 'unknown')
  const isRepeated = error !== null && (error.status === 429 || error.status >= 500)
  law(!isOpen || !isRepeated || error.shouldRetry === false, 'no repeat of what may have been done')
}

function checkProgress({ before, event, after, effects, now }: Step): void {
  for (const attempt of before.attempts) {
    const kept = after.attempts[attempt.n]!
    const same = ['n', 'part', 'route', 'startedAt'] as const
    law(kept !== undefined && same.every((key) => kept[key] === attempt[key]), 'attempts are kept')
    law(attempt.outcome === null || kept === attempt, 'a closed attempt stays as it is')
  }
  const live = after.parts.filter(({ step }) => !['ready', 'done', 'failed'].includes(step))
  law(live.length <= 4, 'at most four live parts')
  const places = new Set(after.images.map(({ n }) => n))
  const asked = after.parts.reduce((sum, { count }) => sum + count, 0)
  law(places.size === after.images.length, 'no place holds two images')
  law(
    after.images.every(({ n }) => n >= 0 && n < asked),
    'images never exceed the count',
  )
  const [first] = after.attempts
  law(after.startedAt === (first?.startedAt ?? null), 'started by its first attempt')
  for (const effect of effects)
    if (effect.type === 'poll')
      law(after.attempts[effect.attempt]!.handle!.deadline > now, 'an expired handle is not polled')
  if (!hasEnded(after.status)) law(after.status === statusOf(after, event), 'the status is true')
  if (isAwaited(before, event)) return
  law(after === before && effects.length === 0, 'an answer nobody waits for changes nothing')
}

/** The word for where a job stands that has not ended; null when it should have ended. */
function statusOf({ parts, startedAt, status }: JobState, event: JobEvent): string | null {
  if (status === 'admitting') return event.type === 'admitted' ? null : 'admitting'
  if (startedAt === null) return 'queued'
  const unfinished = parts.filter(({ step }) => step !== 'done' && step !== 'failed')
  if (unfinished.length === 0) return null
  return unfinished.every(({ step }) => step === 'storing') ? 'storing' : 'running'
}

/** Somebody waits for this event: the reservation, or the current call of a part. */
function isAwaited(state: JobState, event: JobEvent): boolean {
  if (event.type === 'admitted' || event.type === 'not_admitted') return isBeforeStart(state)
  if (!('attempt' in event)) return true
  const part = state.parts.find(({ attempt }) => attempt === event.attempt)
  if (!part) return false
  const called = part.step === 'submitting' || part.step === 'polling'
  if (event.type === 'answered') return called
  return part.step === 'storing' || (event.type === 'lost' && called)
}

/** A cancel and a removal end what they find; what had been told of counts, and what is on its way does not. */
function checkWish({ before, event, after, terms, now }: Step): void {
  if (hasEnded(before.status) || (event.type !== 'cancel' && event.type !== 'remove')) return
  const isTooLate = event.type === 'cancel' && before.status === 'storing'
  law(hasEnded(after.status) !== isTooLate, 'what is cancelled or removed ends, if it is in time')
  if (isTooLate) return
  law(after.images === before.images, 'nothing that is on its way counts')
  law(after.status === lateEnd(before, 'cancelled', now), 'images that were told of count')
  law(isDue(after, terms), 'a cancelled job is charged for what was told of')
}

/** How a job ends that is cut short. */
const lateEnd = ({ images, expiresAt }: JobState, without: string, now: number): string =>
  images.length === 0 ? without : now < expiresAt ? 'succeeded' : 'expired'

function checkEnd({ before, event, after, effects, terms, now }: Step): void {
  const succeeded = after.status === 'succeeded'
  const { price } = terms
  const charged = after.lines.reduce((sum, { micros }) => sum + micros, 0)
  law(charged === (after.charge ?? 0), 'the lines make the charge')
  law(price === null || charged <= price.reserved, 'never charged more than was reserved')
  law(isDue(after, terms), 'charged for stored images, and only when succeeded')
  law(!succeeded || after.images.length > 0, 'success has images')
  const isLate = now >= after.endBy && OF_ALARM.includes(event.type)
  const late = lateEnd({ ...after, expiresAt: before.expiresAt }, 'expired', now)
  law(!isLate || after.status === late, 'its deadline ends it, with the images that are there')
  law((after.error === null) === succeeded, 'what did not succeed says why')
  law(after.endedAt === now && after.expiresAt >= now, 'the end has a time')
  const asked = after.parts.reduce((sum, { count }) => sum + count, 0)
  const short = succeeded && after.images.length < asked
  law(short === after.warnings.some(({ param }) => param === 'n'), 'missing images are said')
  law(
    after.attempts.every(({ outcome, endedAt }) => outcome !== null && endedAt !== null),
    'every attempt of an ended job has an outcome',
  )
  const [first, ...others] = effects
  law(first?.type === 'settle', 'an end is settled at once')
  const told = others.map((effect) => effect.type === 'cancel_upstream' && effect.attempt)
  const working = after.attempts.filter(
    ({ n, handle, answeredAt }) =>
      handle !== null && answeredAt === null && (before.attempts[n]?.outcome ?? null) === null,
  )
  const abandoned = working.filter(({ outcome }) => outcome === 'cancelled').map(({ n }) => n)
  law(String(told) === String(abandoned), 'upstreams are told to stop what nobody waits for')
}

/** A flat price is known to the test; of others only the bounds are. */
function isDue({ status, charge, images }: JobState, { price }: Terms): boolean {
  if (status !== 'succeeded') return charge === 0
  if (!price) return charge === null
  const [rate, ...more] = price.rates
  const isFlat = rate?.unit === 'image' && more.length === 0 && price.multiplier === 1
  return !isFlat || charge === rate.micros * images.length
}

/** The alarm is a time, and ringing it without need does not make it ring again at once. */
export function checkAlarm({ before, event, after, effects, now }: Step, at: number): void {
  law(Number.isFinite(at), 'the alarm is a time')
  const idle = event.type === 'woken' && after === before && effects.length === 0
  law(!idle || at > now, 'an alarm with nothing to do does not ring again at once')
}
