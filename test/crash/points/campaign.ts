import type { Kill, Trace } from '../../support/kills.ts'
import { runScenario, type Outcome } from './run.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import type { KillStage } from './stage.ts'

/** One run that kills, and why. */
export interface Killing {
  scenario: Scenario
  kills: Kill[]
  outcome: Outcome
}

/** Runs at a time: most of their time they wait for the platform to repeat an alarm. */
const AT_ONCE = 32
/**
 * Runs of a kill whose point did not come up: calls that run beside each other change their order, and what
 * depends on how fast the machine is (a lease, a note of a slow call) is not there each time.
 */
const TRIES = 4

/** What a point is called wherever it comes up. */
export const labelOf = (point: string): string => point.replace(/ #\d+$/, '')

async function pool<Item>(
  name: string,
  items: Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  process.stdout.write(`${items.length} ${name}\n`)
  const left = [...items]
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** A run without a kill. */
interface Plain {
  scenario: Scenario
  outcome: Outcome
}

interface Size {
  /** Every point of every scenario; else every label once, in scenarios that cost little. */
  all: boolean
  /** Of these points, one of so many is killed. */
  everyNthPoint: number
  /** Of all pairs, one of so many is run. */
  everyNthPair: number
  /** Where a point is killed. */
  sides: readonly Kill['side'][]
}

/** Plain runs, then one run for each point and side, then runs that kill twice. */
export async function campaign(on: KillStage, { all, everyNthPoint, everyNthPair, sides }: Size) {
  const plain: Plain[] = []
  const scenarios = SCENARIOS.filter(({ heavy = false }) => all || !heavy)
  await pool('runs without a kill', scenarios, async (scenario) => {
    plain.push({ scenario, outcome: await runScenario(on, scenario, []) })
  })
  plain.sort((a, b) => SCENARIOS.indexOf(a.scenario) - SCENARIOS.indexOf(b.scenario))
  const killings: Killing[] = []
  const missed: string[] = []
  const fleeting = new Set<string>()
  const chosen = singles(plain, all, sides).filter((_, i) => i % everyNthPoint === 0)
  await pool('runs with one', chosen, async ({ scenario, kill }) => {
    for (let tries = 1; ; tries++) {
      const outcome = await runScenario(on, scenario, [kill])
      killings.push({ scenario, kills: [kill], outcome })
      if (outcome.strikes.length > 0) return
      // Until it is struck a run is as one without a kill: a point that is there each time is struck.
      const isThere = outcome.points.some(({ name }) => name === kill.point)
      if (isThere) missed.push(`${scenario.name}: ${kill.side} ${kill.point}`)
      else if (tries === TRIES) fleeting.add(labelOf(kill.point))
      else continue
      return
    }
  })
  const pairs = pairsOf(killings, plain).filter((_, i) => i % everyNthPair === 0)
  await pool('runs with two', pairs, async ({ scenario, kills }) => {
    killings.push({ scenario, kills, outcome: await runScenario(on, scenario, kills) })
  })
  return { plain, killings, missed, fleeting }
}

function singles(plain: Plain[], all: boolean, sides: Size['sides']) {
  const known = new Set<string>()
  const isNew = (label: string): boolean => known.size < known.add(label).size
  return plain.flatMap(({ scenario, outcome }) =>
    outcome.points.flatMap(({ name: point }) => {
      const isFirst = isNew(labelOf(point))
      if (!isFirst && (!all || scenario.heavy)) return []
      const due = isFirst || !scenario.oneSided ? sides : (['after'] as const)
      return due.map((side) => ({ scenario, kill: { point, side } }))
    }),
  )
}

/**
 * A second kill after each first one that left a state of its own. Points of one stretch are durable
 * together, so the last of them stands for all; before a point is after the one in front of it. Pairs of
 * the same words at the same kind of upstream are run once.
 */
function pairsOf(killings: Killing[], plain: Plain[]) {
  const known = new Set<string>()
  return killings.flatMap(({ scenario, kills: [first], outcome }) => {
    const { points } = plain.find((one) => one.scenario === scenario)!.outcome
    const [strike] = outcome.strikes
    const at = points.findIndex(({ name }) => name === strike?.point)
    const isOwn = strike?.side === 'after' && at >= 0 && isLast(points, at)
    if (scenario.heavy || !first || !strike || !isOwn) return []
    const struck = outcome.points.findIndex(({ name }) => name === strike.point)
    return outcome.points.slice(struck + 1).flatMap(({ name }, i, after) => {
      const words = [scenario.kind, labelOf(strike.point), labelOf(name)].join(' | ')
      if (!isLast(after, i) || known.has(words)) return []
      known.add(words)
      const kill: Kill = { nth: i + 1, side: 'after' }
      return [{ scenario, kills: [first, kill] }]
    })
  })
}

const isLast = (points: Trace['points'], i: number): boolean =>
  points[i]!.stretch === 0 || points[i + 1]?.stretch !== points[i]!.stretch
