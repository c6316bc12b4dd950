import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isAlive, keepers } from './keepers.ts'

/** Longest until /healthz answers, ms. Usual: 2 s. */
const READY_MS = 60_000
const POLL_MS = 100
/** How often the parents are looked after, ms. */
const KEEPER_POLL_MS = 500

export interface DevServer {
  /** Resolves when the URL answers 2xx. @throws when the server ends before or takes too long. */
  ready(url: string): Promise<void>
  /** Resolves when no process of the server is left. */
  ended: Promise<void>
  /** Ends the server; the same promise as `ended`. */
  end(): Promise<void>
}

const GUARD = fileURLToPath(new URL('./guard.ts', import.meta.url))

/** Starts `wrangler dev` under a guard, which ends it when this process is gone. */
export function startWrangler(port: number): DevServer {
  const guard = spawn(process.execPath, [GUARD, ...wranglerArguments(port)], {
    // The guard reads its stdin to its end, and that comes with the end of this process.
    stdio: ['pipe', 'inherit', 'inherit'],
    detached: true,
    env: {
      ...process.env,
      CI: '1',
      // Without a network, looking up request.cf prints a stack trace.
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      WRANGLER_SEND_METRICS: 'false',
    },
  })
  const ended = once(guard, 'exit').then(() => undefined)
  return {
    ready: (url) => waitUntilReady(url, guard),
    ended,
    end() {
      guard.stdin.end()
      return ended
    },
  }
}

const wranglerArguments = (port: number): string[] => [
  'dev',
  '--local',
  '--ip',
  '127.0.0.1',
  '--port',
  String(port),
  '--log-level',
  'warn',
  '--show-interactive-dev-session=false',
]

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null

async function waitUntilReady(url: string, guard: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_MS
  while (Date.now() < deadline) {
    if (hasEnded(guard)) throw new Error('wrangler ended.')
    const answer = await fetch(url).catch(() => null)
    await answer?.body?.cancel()
    if (answer?.ok) return
    await sleep(POLL_MS)
  }
  throw new Error(`${url} did not answer within ${READY_MS / 1000} s.`)
}

/** Ends the server on a signal or with its parents, and this process with the server. */
export function endTogether(server: DevServer): void {
  const kept = keepers()
  // Stays 1 when nobody asked for the end.
  let code = 1
  const stop = (): void => {
    code = 0
    void server.end()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  setInterval(() => {
    if (!kept.every(isAlive)) stop()
  }, KEEPER_POLL_MS).unref()
  void server.ended.then(() => process.exit(code))
}
