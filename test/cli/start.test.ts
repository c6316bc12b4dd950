import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { afterEach, describe, it, vi, type ExpectStatic } from 'vitest'
import { faultOf } from '../support/answer-shapes.ts'
import { remember } from '../support/started.ts'

/** What a build leaves among the sources. */
const BUILT = 'public/build'

/** A checkout of its own: `npm start` writes secrets and state beside its package.json. */
function checkout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-'))
  for (const path of ['src', 'public', 'package.json', 'tsconfig.json', 'wrangler.toml'])
    cpSync(path, join(folder, path), { recursive: true, filter: (from) => from !== BUILT })
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  return folder
}

interface Started {
  npm: ChildProcess
  folder: string
  output: string
  url: string
}

let running: ChildProcess | null = null
afterEach(() => {
  const isLive = running?.exitCode === null && running.signalCode === null
  if (running?.pid && isLive) process.kill(-running.pid, 'SIGTERM')
  running = null
})

/** `npm start`, as soon as it has said all it says. */
async function start(): Promise<Started> {
  const folder = checkout()
  const npm = spawn('npm', ['start'], { cwd: folder, detached: true, stdio: 'pipe' })
  running = npm
  let output = ''
  for (const stream of [npm.stdout, npm.stderr])
    stream.on('data', (text: Buffer) => (output += text.toString()))
  await vi.waitFor(() => {
    if (!output.includes('Ctrl-C')) throw new Error(`Not ready: ${output}`)
  }, WAIT)
  const url = /Gateway +(\S+)/.exec(output)?.[1] ?? ''
  return { npm, folder, output, url }
}

const WAIT = { timeout: 45_000, interval: 50 }

/** Command lines of the processes that were started from a folder or under its wrangler. */
function processesOf(folder: string): string[] {
  const rows = execFileSync('ps', ['-eo', 'pgid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((row) => !/^\s*\d+\s+Z/.test(row))
  const groups = new Set(rows.filter((row) => row.includes(folder)).map(groupOf))
  return rows.filter((row) => groups.has(groupOf(row)))
}

const groupOf = (row: string): string => row.trim().split(/\s+/)[0] ?? ''

describe('npm start', () => {
  it('prints a curl that draws an image, and no admin key, and is gone after Ctrl-C', async ({
    expect,
  }) => {
    const started = await start()
    const { output, folder, url } = started
    remember(url)
    const curl = /^ +(curl [^]*?'\{.*\}')$/m.exec(output)?.[1] ?? ''
    const drawn = execFileSync('sh', ['-c', curl], { encoding: 'utf8', stdio: 'pipe' })
    const { data } = JSON.parse(drawn) as { data: { url: string }[] }
    const image = await fetch(data[0]?.url ?? '')
    const answer = Response.json(JSON.parse(drawn))

    expect(image.headers.get('content-type')).toBe('image/png')
    expect(await faultOf('POST', `${url}/v1/images/generations`, answer)).toBeNull()
    const { ADMIN_KEY = '' } = parseEnv(readFileSync(join(folder, '.dev.vars'), 'utf8'))
    expect(ADMIN_KEY).toHaveLength(64)
    expect(output).not.toContain(ADMIN_KEY)
    expect(output).toMatch(/sketch stands in for \d+ models/)
    await expectGone(expect, started, 'SIGINT', -(started.npm.pid ?? 0))
  })

  it.for([
    ['SIGTERM to npm', 'SIGTERM'],
    ['a killed npm', 'SIGKILL'],
  ] as const)('leaves no process behind after %s', async ([, signal], { expect }) => {
    const started = await start()
    await expectGone(expect, started, signal, started.npm.pid ?? 0)
  })
})

async function expectGone(
  expect: ExpectStatic,
  { folder, url }: Started,
  signal: NodeJS.Signals,
  target: number,
): Promise<void> {
  expect(processesOf(folder).join()).toContain('workerd')
  process.kill(target, signal)
  await vi.waitFor(() => expect(processesOf(folder)).toEqual([]), WAIT)
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
}
