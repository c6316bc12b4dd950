/**
 * The bars of speed and memory, measured against Workers that do the least: `npm run bench`, or
 * `npm run bench -- --quick`. Linux only. Loopback only. `--only P2,P4` runs some of the bars.
 */
import { parseArgs } from 'node:util'
import { crowdBars } from './crowd-bars.ts'
import { gatewayBars } from './gateway-bars.ts'
import { startGateway } from './gateway.ts'
import { base64Bars, urlBars } from './ingest-bars.ts'
import { stopLoad } from './load.ts'
import { memoryBars } from './memory-bars.ts'
import { print, type Row } from './report.ts'
import { buildBench, startRuntime, type Runtime } from './runtime.ts'
import { startUpstream } from './upstream.ts'

/** Longest that a whole run may take, ms. */
const LONGEST_MS = 6 * 60_000

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
})
const rounds = values.quick ? 3 : 7

/** Starts Workers, and stops all of them in the end. */
async function withRuntimes(work: (start: typeof startRuntime) => Promise<Row[]>): Promise<Row[]> {
  const runtimes: Runtime[] = []
  const start: typeof startRuntime = async (...args) => {
    const runtime = await startRuntime(...args)
    runtimes.push(runtime)
    return runtime
  }
  try {
    return await work(start)
  } finally {
    await Promise.all(runtimes.map((runtime) => runtime.stop()))
  }
}

const upstream = await startUpstream()
const { url } = upstream

const BARS: [string, (start: typeof startRuntime) => Promise<Row[]>][] = [
  [
    'P2',
    async (start) => {
      const ingest = await start('ingest', url)
      const floor = await start('floor', url)
      const runtimes = { ingest, floor, plain: await start('plain', url) }
      return base64Bars(runtimes, rounds)
    },
  ],
  [
    'P3',
    async (start) =>
      urlBars({ ingest: await start('ingest', url), floor: await start('floor', url) }, rounds),
  ],
  [
    'P4',
    async (start) => {
      const gateway = await startGateway(start, url)
      const floors = { durable: await start('durable', url), least: await start('least', url) }
      return gatewayBars(gateway, floors, rounds)
    },
  ],
  // The bucket hashes and gives back: what is stored has to be what the upstream encoded.
  [
    'P1',
    async (start) =>
      memoryBars(await startGateway(start, url, { VERIFY: 'true' }), url, values.quick),
  ],
  ['many', (start) => crowdBars((address) => startGateway(start, address))],
]

const late = setTimeout(() => {
  console.error('The bench takes too long.')
  process.exit(2)
}, LONGEST_MS)
try {
  await buildBench()
  let failed = 0
  for (const [name, measure] of BARS) {
    if (values.only && !values.only.split(',').includes(name)) continue
    const rows = await withRuntimes(measure)
    rows.forEach(print)
    failed += rows.filter(({ pass }) => pass === false).length
  }
  console.log(failed === 0 ? 'All bars hold.' : `${failed} rows fail.`)
  process.exitCode = failed === 0 ? 0 : 1
} finally {
  clearTimeout(late)
  stopLoad()
  await upstream.stop()
}
