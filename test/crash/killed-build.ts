import { execFileSync } from 'node:child_process'

const OUT = 'dist/killed'

/** The gateway whose objects can be killed, as `buildKilled` leaves it. */
export const KILLED = `${OUT}/killed-worker.js`

/** Bundles it as a deploy would. */
export function buildKilled(): void {
  const args = ['deploy', 'test/support/killed-worker.ts', '--dry-run', '--outdir', OUT]
  const env = { ...process.env, SIGNING_KEYS: 'k1:unused', WRANGLER_SEND_METRICS: 'false' }
  execFileSync('wrangler', args, { encoding: 'utf8', stdio: 'pipe', env })
}
