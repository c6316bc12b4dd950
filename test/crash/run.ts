/**
 * `npm run test:crash -- --schedules 30 --seed 1 --at-once 6`: the gateway is killed with SIGKILL and started
 * again, on schedules that follow from seeds. `--seed N --schedules 1` plays one again.
 */
import { parseArgs } from 'node:util'
import { buildKilled } from './killed-build.ts'
import { addTo, noFigures, tellFigures } from './schedules/figures.ts'
import { play } from './schedules/play.ts'

const { values } = parseArgs({
  options: {
    schedules: { type: 'string' },
    /** The first one; those that follow count up. Alone it means one schedule. */
    seed: { type: 'string' },
    'at-once': { type: 'string', default: '6' },
  },
})

const first = Number(values.seed ?? 1)
const count = Number(values.schedules ?? (values.seed === undefined ? 30 : 1))
const started = Date.now()
const minutes = (): number => (Date.now() - started) / 60_000
const sums = noFigures()

// Gateways that run are killed when this process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

await buildKilled()
let next = first
async function playOn(): Promise<void> {
  while (next < first + count) {
    const seed = next++
    const began = Date.now()
    try {
      const played = await play(seed)
      addTo(sums, played)
      const { kills, resets, violations } = played
      const seconds = Math.round((Date.now() - began) / 1000)
      const broken = violations.length > 0 ? `VIOLATIONS: ${violations.join('; ')}` : 'no violation'
      console.log(`seed ${seed}: ${kills} kills, ${resets} resets, ${broken}, ${seconds} s`)
    } catch (caught) {
      sums.violations += 1
      console.log(`seed ${seed}: it broke: ${String(caught)}`)
    }
  }
}
await Promise.all(Array.from({ length: Number(values['at-once']) }, playOn))
console.log(tellFigures(sums, minutes()))
process.exitCode = sums.violations > 0 ? 1 : 0
