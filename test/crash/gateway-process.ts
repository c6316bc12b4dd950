import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { remember } from '../support/started.ts'

const ENTRY = 'test/support/gateway-process.ts'
/** Between two looks at a process that was killed, ms. */
const POLL_MS = 20

export interface GatewayProcess {
  /** Origin without a slash at its end. */
  url: string
  /** SIGKILL to workerd and to its parent; resolves when neither runs. May be called again. */
  kill(): Promise<void>
}

/** Starts the gateway, or another build of it, as a process of its own; `state` outlives it. */
export async function startGatewayProcess(
  state: string,
  vars: Record<string, string>,
  script: string | null = null,
): Promise<GatewayProcess> {
  const assigned = Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}=${value}`])
  const build = script === null ? [] : ['--script', script]
  const child = spawn(process.execPath, [ENTRY, '--state', state, ...build, ...assigned], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  living.add(child)
  child.once('exit', () => living.delete(child))
  const url = await readyUrl(child)
  remember(url)
  return { url, kill: () => killTree(child) }
}

async function readyUrl(child: ChildProcess): Promise<string> {
  // Read to its end: a full pipe would stop the gateway.
  const lines = createInterface({ input: child.stdout! })
  const ready = new Promise<string>((resolve) => {
    lines.on('line', (line) => line.startsWith('ready ') && resolve(line.slice('ready '.length)))
  })
  const ended = once(child, 'exit').then(() => null)
  const url = await Promise.race([ready, ended])
  if (url === null) throw new Error('The gateway ended before it was ready.')
  return url
}

/** Gateways that must not outlive the tests, however these end. */
const living = new Set<ChildProcess>()
process.once('exit', () => living.forEach(strike))

/** SIGKILL to workerd and to its parent, whose ids are returned. */
function strike(child: ChildProcess): number[] {
  const pids = [...childrenOf(child.pid!), child.pid!]
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  return pids
}

async function killTree(child: ChildProcess): Promise<void> {
  if (!living.delete(child)) return
  const pids = strike(child)
  while (pids.some(runs)) await sleep(POLL_MS)
}

const ps = (...options: string[]): string =>
  spawnSync('ps', options, { encoding: 'utf8' }).stdout.trim()

function childrenOf(parent: number): number[] {
  const processes = ps('-A', '-o', 'pid=,ppid=').split('\n')
  const pairs = processes.map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.flatMap(([pid, ppid]) => (ppid === parent ? [pid!] : []))
}

/** One that ended stays in the table until its new parent has noticed. */
function runs(pid: number): boolean {
  const state = ps('-o', 'stat=', '-p', String(pid))
  return state !== '' && !state.startsWith('Z')
}
