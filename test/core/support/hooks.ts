import { advance, wakeAt } from '../../../src/core/advance.ts'
import type { Known, Tried } from '../../../src/core/delivery.ts'
import type { JobEvent, JobState } from '../../../src/core/job-state.ts'
import { makeJob, START } from './job.ts'
import { law } from './laws.ts'

/** Longest that a try is under way, ms: then the receiver is given up. */
const ANSWER_MS = 15_000
export const TYPE = 'image.job.succeeded'

/** A try that is under way in this instance. */
interface Live {
  delivery: number
  tries: number
  since: number
}

/** A job that is settled, its deliveries, and a shell whose memory a restart empties. Times in ms. */
export interface Outbox {
  state: JobState
  now: number
  live: Live[]
  /** Tries of each delivery. */
  begun: number[]
  /** What the tenant was told, in its order. */
  told: Known[]
  /** The tenant cannot be told. */
  isDeaf: boolean
  take(event: JobEvent): void
  /** The clock goes on; whoever does not answer meanwhile is given up. */
  pass(ms: number): void
  ring(): void
  answer(status: number | null, isOver?: boolean): void
  restart(): void
}

/** Told of by so many endpoints. The job is kept for 365 days, so that it is not purged meanwhile. */
export function newOutbox(endpoints: number): Outbox {
  const { state, terms } = makeJob()
  const cancelled = advance(state, { type: 'cancel' }, terms, START).state
  const world: Outbox = {
    state: { ...cancelled, expiresAt: START + 365 * 86_400_000 },
    now: START,
    live: [],
    begun: [],
    told: [],
    isDeaf: false,
    take(event) {
      const { state: after, effects } = advance(world.state, event, terms, world.now)
      world.state = after
      for (const effect of effects)
        if (effect.type === 'deliver') begin(world, effect.delivery)
        else if (effect.type === 'tell') tell(world, effect.delivery)
    },
    pass(ms) {
      const until = world.now + ms
      for (const it of world.live.toSorted((a, b) => a.since - b.since)) {
        if (it.since + ANSWER_MS > until) continue
        world.now = Math.max(world.now, it.since + ANSWER_MS)
        finish(world, it, null, false)
      }
      world.now = until
    },
    ring() {
      world.pass(Math.max(0, wakeAt(world.state, world.now) - world.now))
      world.take({ type: 'woken' })
    },
    answer(status, isOver = false) {
      const [first] = world.live
      if (first) finish(world, first, status, isOver)
    },
    restart() {
      world.live = []
    },
  }
  const hooks = Array.from({ length: endpoints }, (_, n) => ({
    endpoint: `whe_${n}`,
    url: null,
    type: TYPE as typeof TYPE,
  }))
  world.take({ type: 'settled', told: { endpoints: hooks, event: TYPE } })
  return world
}

function begin(world: Outbox, delivery: number): void {
  const { tries } = world.state.deliveries[delivery]!
  law(!world.live.some((it) => it.delivery === delivery), 'never twice at the same time')
  world.begun[delivery] = (world.begun[delivery] ?? 0) + 1
  law(tries === world.begun[delivery], 'a try is written down before it is made')
  world.live.push({ delivery, tries, since: world.now })
  law(world.live.length <= 4, 'at most four at a time')
}

function tell(world: Outbox, delivery: number): void {
  if (world.isDeaf) return
  const { tries, step, outcome } = world.state.deliveries[delivery]!
  const told = { delivery, tries, step, outcome }
  world.told.push(told)
  world.take({ type: 'told', ...told })
}

function finish(world: Outbox, it: Live, status: number | null, isOver: boolean): void {
  world.live = world.live.filter((other) => other !== it)
  const tried: Tried = { delivery: it.delivery, tries: it.tries, status, isOver }
  world.take({ type: 'tried', ...tried })
}
