import { readdirSync, readFileSync } from 'node:fs'
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare'
import { bundleSmall } from '../../src/cli/bundle.ts'
import { directOptions } from '../support/worker.ts'

const BUILT = 'dist/bench/bench-worker.js'

/** Bundles the bench's Workers as a deploy would. */
export const buildBench = (): Promise<void> =>
  bundleSmall('test/bench/worker/bench-worker.ts', BUILT)

export interface Runtime {
  url: string
  /** Of its workerd. */
  pid: number
  /** Of its inspector, with a port. */
  inspector: string
  stop(): Promise<void>
}

/** Pids of workerd processes that this process has started. */
const workerds = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [comm, parent] = statusOf(pid)
      return comm === 'workerd' && parent === process.pid
    })

function statusOf(pid: number): [string, number] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const end = stat.lastIndexOf(')')
    return [stat.slice(stat.indexOf('(') + 1, end), Number(stat.slice(end + 4).split(' ')[0])]
  } catch {
    return ['', 0]
  }
}

/**
 * Starts one of the bench's Workers in a workerd of its own. Requests go straight to it: Miniflare's own
 * entry Worker would add the same to all and make every ratio look better.
 */
export async function startRuntime(
  role: string,
  upstream: string,
  vars: Record<string, string> = {},
): Promise<Runtime> {
  const before = workerds()
  const options = directOptions({ ROLE: role, UPSTREAM: upstream, ...vars })
  const objects = {
    ...(options.durableObjects as object),
    FRESH: { className: 'Fresh', useSQLite: true },
    LEAST_JOBS: { className: 'LeastJob', useSQLite: true },
    LEAST_TENANTS: { className: 'LeastTenant', useSQLite: true },
  }
  const worker = {
    ...options,
    durableObjects: objects,
    modules: [{ type: 'ESModule' as const, path: BUILT }],
  }
  // Read by Miniflare; for `watchMemory`.
  process.env['MINIFLARE_WORKERD_V8_FLAGS'] = '--expose-gc'
  const shared = { host: '127.0.0.1', port: 0, inspectorPort: 0, cf: false as const }
  const runtime = new Miniflare({
    ...convertV4MiniflareOptions({ ...shared, workers: [worker] }),
    log: new Log(LogLevel.ERROR),
    logRequests: false,
    // Written by workerd all the same. BENCH_LOGS=1 shows them.
    handleStructuredLogs({ message }) {
      if (process.env['BENCH_LOGS']) console.error(message)
    },
  })
  await runtime.ready
  const pid = workerds().find((found) => !before.includes(found))
  if (pid === undefined) throw new Error('no workerd was started')
  const url = (await runtime.unsafeGetDirectURL()).origin
  const inspector = (await runtime.getInspectorURL()).host
  return { url, pid, inspector, stop: () => runtime.dispose() }
}
