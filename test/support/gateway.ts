import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare'
import { ARTEFACT, buildIfStale } from './artefact.ts'
import { workerOptions } from './worker.ts'

export interface Gateway {
  /** Origin without a slash at its end. */
  url: string
  stop(): Promise<void>
}

interface Options {
  /** Folder of objects and buckets that outlives the process; without it nothing stays. */
  state?: string
  /** Variables and secrets, beside or instead of the defaults. */
  vars?: Record<string, string>
  /** 0 or missing: any free port. */
  port?: number
}

/** Starts the built Worker in plain Miniflare on 127.0.0.1, building it first when it is stale. */
export async function startGateway(options: Options = {}): Promise<Gateway> {
  const { state, vars = {}, port = 0 } = options
  buildIfStale()
  const modules = [{ type: 'ESModule' as const, path: ARTEFACT }]
  const workers = [{ ...workerOptions(vars), modules }]
  const gateway = new Miniflare({
    ...convertV4MiniflareOptions({ host: '127.0.0.1', port, cf: false, workers }),
    ...(state === undefined ? {} : { resourcePersistencePath: state }),
    log: new Log(LogLevel.WARN),
    logRequests: false,
    // The log line of each request is for operators, not for a test's output.
    handleStructuredLogs({ level, message }) {
      if (level === 'warn' || level === 'error') console.error(message)
    },
  })
  const { origin } = await gateway.ready
  return { url: origin, stop: () => gateway.dispose() }
}
