import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare'
import { ARTEFACT, buildIfStale } from './artefact.ts'
import { remember } from './started.ts'
import { directOptions, workerOptions } from './worker.ts'

export interface Gateway {
  /** Origin without a slash at its end. */
  url: string
  /** Keys of all objects in the bucket of images, sorted. */
  storedKeys(): Promise<string[]>
  stop(): Promise<void>
}

export interface GatewayOptions {
  /** Folder of objects and buckets that outlives the process; without it nothing stays. */
  state?: string
  /** Variables and secrets, beside or instead of the defaults. */
  vars?: Record<string, string>
  /** 0 or missing: any free port. */
  port?: number
  /** Takes every line that the gateway logs. */
  onLog?: (line: string) => void
  /** Another build than the one that a deploy would upload. */
  script?: string
  /** Requests go straight to the Worker, past Miniflare's routers, and warnings are not printed. */
  lean?: boolean
}

/** Starts the built Worker in plain Miniflare on 127.0.0.1, building it first when it is stale. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { state, vars = {}, port = 0, onLog, script = ARTEFACT, lean = false } = options
  if (script === ARTEFACT) buildIfStale()
  const modules = [{ type: 'ESModule' as const, path: script }]
  const worker = lean ? directOptions(vars) : workerOptions(vars)
  const workers = [{ ...worker, modules }]
  const gateway = new Miniflare({
    ...convertV4MiniflareOptions({ host: '127.0.0.1', port, cf: false, workers }),
    ...(state === undefined ? {} : { resourcePersistencePath: state }),
    log: new Log(lean ? LogLevel.NONE : LogLevel.WARN),
    logRequests: false,
    // The log line of each request is for operators, not for a test's output.
    handleStructuredLogs({ level, message }) {
      onLog?.(message)
      if (!lean && (level === 'warn' || level === 'error')) console.error(message)
    },
  })
  const entry = await gateway.ready
  const { origin } = lean ? await gateway.unsafeGetDirectURL() : entry
  remember(origin)
  return {
    url: origin,
    storedKeys: () => listKeys(gateway),
    stop: () => gateway.dispose(),
  }
}

async function listKeys(gateway: Miniflare): Promise<string[]> {
  const bucket = await gateway.getR2Bucket('IMAGES_BUCKET')
  const keys: string[] = []
  for (let cursor: string | undefined; ;) {
    const page = await bucket.list(cursor === undefined ? {} : { cursor })
    keys.push(...page.objects.map(({ key }) => key))
    if (!page.truncated) return keys.toSorted()
    cursor = page.cursor
  }
}
