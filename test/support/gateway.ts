import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare'
import type { V4WorkerOptions } from 'miniflare'
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler'
import { ARTEFACT, buildIfStale } from './artefact.ts'

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

export const ADMIN_KEY = 'admin-key-for-tests-0123456789abcdef'

/** Enough for tests only: links made with it are worth nothing. */
const DEFAULTS = {
  ADMIN_KEY,
  SIGNING_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  DEMO: 'true',
}

/**
 * The Worker as wrangler.toml describes it, from the built artefact. The
 * secrets of a developer's .dev.vars stay out: a test must not reach upstreams.
 */
function builtWorker(vars: Record<string, string>): V4WorkerOptions {
  const config = unstable_readConfig({ config: 'wrangler.toml' }, { hideWarnings: true })
  const { workerOptions } = unstable_getMiniflareWorkerOptions({ ...config, secrets: undefined })
  return {
    ...workerOptions,
    name: 'darkroom',
    modules: [{ type: 'ESModule', path: ARTEFACT }],
    bindings: { ...config.vars, ...DEFAULTS, ...vars },
  }
}

/** Starts the built Worker in plain Miniflare on 127.0.0.1, building it first when it is stale. */
export async function startGateway({ state, vars = {}, port = 0 }: Options): Promise<Gateway> {
  buildIfStale()
  const workers = [builtWorker(vars)]
  const gateway = new Miniflare({
    ...convertV4MiniflareOptions({ host: '127.0.0.1', port, cf: false, workers }),
    ...(state === undefined ? {} : { resourcePersistencePath: state }),
    log: new Log(LogLevel.WARN),
    logRequests: false,
  })
  const { origin } = await gateway.ready
  return { url: origin, stop: () => gateway.dispose() }
}
