import { labelOf, type Killing } from './campaign.ts'

interface Line {
  scenarios: Set<string>
  hits: number
  violations: number
}

/**
 * One line for each point: in how many scenarios, how often an object was killed there, what broke.
 *
 * @param fleeting points that did not come up in some scenario when they were to be killed
 */
export function report(killings: Killing[], fleeting: Set<string>, ms: number): string {
  const lines = new Map<string, Line>()
  for (const { scenario, outcome } of killings)
    for (const { point } of outcome.strikes) {
      const known = lines.get(labelOf(point))
      const line = known ?? { scenarios: new Set<string>(), hits: 0, violations: 0 }
      line.scenarios.add(scenario.name)
      line.hits += 1
      line.violations += outcome.violations.length
      lines.set(labelOf(point), line)
    }
  const rows = [...lines].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const width = Math.max(...rows.map(([point]) => point.length))
  const twice = killings.filter(({ outcome }) => outcome.strikes.length > 1).length
  const kills = rows.reduce((sum, [, { hits }]) => sum + hits, 0)
  const slowest = killings.toSorted((a, b) => b.outcome.ms - a.outcome.ms).slice(0, 3)
  const broken = killings.filter(({ outcome }) => outcome.violations.length > 0)
  return [
    `${'point'.padEnd(width)}  scenarios  kills  violations`,
    ...rows.map(
      ([point, { scenarios, hits, violations }]) =>
        `${point.padEnd(width)}  ${String(scenarios.size).padStart(9)}  ${String(hits).padStart(5)}  ${String(violations).padStart(10)}`,
    ),
    `${rows.length} points, ${kills} kills in ${killings.length} runs (${twice} killed twice), ${broken.length} with violations, ${Math.round(ms / 1000)} s`,
    ...slowest.map(({ scenario, outcome: { ms: took, strikes } }) => {
      const where = strikes.map(({ side, point }) => `${side} ${point}`).join(', then ')
      return `slow: ${Math.round(took / 1000)} s, ${scenario.name}, killed ${where}`
    }),
    ...[...fleeting]
      .filter((point) => !lines.has(point))
      .map((point) => `not killed, because it did not come up again: ${point}`),
    '',
  ].join('\n')
}

/** What broke, and how to see it again. */
export const broken = (killings: Killing[]): string[] =>
  killings.flatMap(({ scenario, outcome }) =>
    outcome.violations.map((what) => {
      const where = outcome.strikes.map(({ side, point }) => `${side} ${point}`).join(', then ')
      return `${scenario.name}, killed ${where}: ${what}`
    }),
  )
