import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { PICTURE } from '../upstreams/png.ts'
import { startUpstreams, type Upstreams } from '../upstreams/start.ts'
import { openAccount, sha256 } from './client.ts'
import { startCuttingProxy, type CuttingProxy } from './cutting-proxy.ts'
import { readBlocks, type Block } from './seeds/blocks.ts'
import { CASES, CUT, DATA, PROGRAMS } from './seeds/cases.ts'
import { lackOf, newFolder, runExample } from './seeds/run.ts'

const BLOCKS = readBlocks()

/** Hosts of the pages, and below which paths of the gateway their APIs are. */
const HOSTS: Record<string, { host: string; paths: string[] }> = {
  'aimlapi-kontext-text-to-image': { host: 'https://api.aimlapi.com', paths: ['', '/aiml'] },
  'max-image-generation': { host: 'http://localhost:8000', paths: [''] },
  'modelmax-images-generations': { host: 'https://api.modelmax.io', paths: ['', '/modelmax'] },
  'oxen-image-generation': { host: 'https://hub.oxen.ai', paths: [''] },
}
/** What stands for a key on the pages. */
const KEYS = /<YOUR_AIMLAPI_KEY>(?!:)|YOUR_API_KEY|your-key|EMPTY/g
/** Examples for a server that asks for no key are sent with one. */
const KEYLESS = '-H "Content-Type: application/json" \\\n  -d'

let upstreams: Upstreams
let gateway: Gateway
/** Cuts nothing, and sees what curl, Python and Node are answered. */
let proxy: CuttingProxy
let key: string
let pictures: Server
let example: string
const folders: string[] = []
beforeAll(async () => {
  upstreams = await startUpstreams()
  // Its pages send images, which sketch would not look at.
  const vars = { ALLOW_PRIVATE_URLS: 'true', MAX_BASE_URL: `${upstreams.url}/max/v1` }
  gateway = await startGateway({ vars })
  proxy = await startCuttingProxy(gateway.url)
  ;({ key } = await openAccount(gateway.url))
  pictures = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'image/png' }).end(PICTURE)
  }).listen(0, '127.0.0.1')
  await once(pictures, 'listening')
  example = `http://127.0.0.1:${(pictures.address() as AddressInfo).port}`
})
afterAll(async () => {
  await proxy.stop()
  await gateway.stop()
  await upstreams.stop()
  pictures.close()
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** Hosts, key and files of the example are ours; a wait of ten seconds between two polls is none. */
function adapted({ code, document, language }: Block, path: string): string {
  const authorized =
    document === 'max-image-generation' && language === 'bash'
      ? code.replaceAll(KEYLESS, `-H "Authorization: Bearer ${key}" ${KEYLESS}`)
      : code
  return authorized
    .replaceAll(HOSTS[document]!.host, proxy.url + path)
    .replaceAll('https://example.com', example)
    .replaceAll(KEYS, key)
    .replaceAll('time.sleep(10)', 'time.sleep(0.1)')
    .replaceAll('/path/to/image-generation-quickstart/', '')
    .replaceAll('/path/to/', '')
}

const named = (name: string): Block => BLOCKS.find((block) => block.name === name)!

async function play(name: string, folder: string, path: string): Promise<string> {
  const block = named(name)
  const { before = '', after = '', needs = [] } = CASES[name] ?? {}
  for (const need of needs) await play(need, folder, path)
  const code = adapted({ ...block, code: before + block.code + after }, path)
  if (PROGRAMS.includes(name)) {
    writeFileSync(join(folder, block.title!), code)
    return ''
  }
  const env = { MODELMAX_API_KEY: key }
  const run = (part: string) => runExample(folder, { ...block, code: part }, env)
  const [enqueue = '', poll] = code.split('# 2. Poll until done (')
  if (block.language !== 'bash' || poll === undefined) return run(code)
  const id = /"generation_id":"([^"]+)"/.exec(await run(enqueue))?.[1] ?? ''
  const polled = await run(`# 2. (${poll.replaceAll('GENERATION_ID', id)}`)
  if (!polled.includes(`"generation_id":"${id}"`))
    throw new Error(`another id than ${id}: ${polled}`)
  return polled
}

const RUNS = Object.keys(CASES).flatMap((name) =>
  HOSTS[named(name).document]!.paths.map((path) => [name, path] as const),
)

describe.concurrent('the examples of the vendors’ pages', () => {
  it('are all run, compared, or known to be cut off', ({ expect }) => {
    const known = [...Object.keys(CASES), ...DATA, ...PROGRAMS, ...CUT]
    expect(BLOCKS.map(({ name }) => name).toSorted()).toEqual(known.toSorted())
    expect(BLOCKS.filter(({ cut }) => cut).map(({ name }) => name)).toEqual(CUT)
  })

  it.for(RUNS)('%s works at %s/', async ([name, path], { expect, skip }) => {
    const lack = lackOf(named(name))
    if (lack) {
      process.stdout.write(`skipped ${name}: ${lack}\n`)
      skip(lack)
    }
    const folder = newFolder()
    folders.push(folder)
    writeFileSync(join(folder, 'image.png'), PICTURE)
    const printed = await play(name, folder, path)
    await CASES[name]!.check(printed, folder)
    expect(printed).not.toContain('Traceback')
  })
})

/** How many of these examples of Modular MAX could be run here. */
const ran = (...places: number[]): number =>
  places.filter((n) => lackOf(named(`max-image-generation ${n}`)) === null).length

describe('the images that Modular MAX’s examples send', () => {
  it('reach its server: the picture of the page, and the image of the step before', ({
    expect,
  }) => {
    const { calls } = upstreams.ledger
    const arrived = calls.flatMap(({ inputs }) => inputs.map((input) => input.sha256))
    const made = calls.flatMap((call) => call.sent())
    expect(arrived.filter((hash) => hash === sha256(PICTURE))).toHaveLength(ran(3, 4, 5))
    expect(arrived.filter((hash) => made.includes(hash))).toHaveLength(ran(11))
    expect(arrived).toHaveLength(ran(3, 4, 5, 11))
  })
})
