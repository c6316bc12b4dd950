import { afterAll, beforeAll, describe, it } from 'vitest'
import { campaign, labelOf } from './points/campaign.ts'
import { broken, report } from './points/report.ts'
import { startKillStage, type KillStage } from './points/stage.ts'

/**
 * `all`: every point of every scenario and all pairs. `most`: every point of every scenario, and one of
 * sixty pairs. Else every third point once, wherever it comes up first, and a few pairs.
 */
const SIZE = process.env['CRASH_POINTS'] ?? ''
/** Before a point is nearly always after the one in front of it. */
const SIDES = SIZE === '' ? (['after'] as const) : (['before', 'after'] as const)
const EVERY_NTH_PAIR: Record<string, number> = { all: 1, most: 60 }

let on: KillStage
beforeAll(async () => {
  on = await startKillStage()
})
afterAll(() => on.stop())

describe('a job whose objects are killed at each of their writes and effects', () => {
  it(
    'keeps every promise, wherever it was killed',
    { timeout: SIZE === '' ? 600_000 : 3_600_000 },
    async ({ expect }) => {
      const started = Date.now()
      const { plain, killings, missed, fleeting } = await campaign(on, {
        all: SIZE !== '',
        everyNthPoint: SIZE === '' ? 3 : 1,
        everyNthPair: EVERY_NTH_PAIR[SIZE] ?? 300,
        sides: SIDES,
      })
      process.stdout.write(report(killings, fleeting, Date.now() - started))
      expect(plain.flatMap(({ outcome }) => outcome.violations)).toEqual([])
      expect(broken(killings)).toEqual([])
      expect(missed).toEqual([])
      if (SIZE === '') return
      const shown = plain.flatMap(({ outcome }) => outcome.points.map(({ name }) => labelOf(name)))
      const struck = killings.flatMap(({ outcome }) => outcome.strikes)
      for (const side of SIDES) {
        const killed = struck.filter((strike) => strike.side === side)
        const points = new Set(killed.map(({ point }) => labelOf(point)))
        const isDue = (label: string): boolean => !points.has(label) && !fleeting.has(label)
        expect(shown.filter(isDue)).toEqual([])
      }
    },
  )
})
