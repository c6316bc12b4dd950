/**
 * Runs wrangler with the given arguments and ends it, with everything it
 * started (workerd, esbuild), when stdin closes: then whoever started this
 * process is gone, however it went. Leads a process group of its own.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Time for wrangler to end by itself, ms. */
const GRACE_MS = 3_000

const WRANGLER = fileURLToPath(
  new URL('../../node_modules/wrangler/bin/wrangler.js', import.meta.url),
)

const wrangler = spawn(process.execPath, [WRANGLER, ...process.argv.slice(2)], {
  stdio: ['ignore', 'inherit', 'inherit'],
})

/** The whole group, this process included. Windows has no groups; there wrangler ends its own. */
const killGroup = (): boolean =>
  process.platform === 'win32' ? process.exit(1) : process.kill(-process.pid, 'SIGKILL')

const end = (): void => {
  wrangler.kill('SIGTERM')
  setTimeout(killGroup, GRACE_MS)
}

wrangler.on('exit', killGroup)
process.on('SIGTERM', end)
process.stdin.resume().on('end', end)
