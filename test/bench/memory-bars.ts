import { createHash } from 'node:crypto'
import { fileOf } from './files.ts'
import { edit, generation, type BenchGateway } from './gateway.ts'
import { shoot, type Shot } from './load.ts'
import { watchMemory } from './memory.ts'
import { atMost, type Row } from './report.ts'

const MB = 1e6
const LARGE = 15_000_000
const COUNT = 4
const INPUT = 20_000_000

interface Scenario {
  bar: string
  what: string
  concurrency: number
  /** Most MB of growth. */
  most: number
  shot: Shot
  /** What is wrong with an answer; null = nothing. */
  check: (body: Buffer, gateway: BenchGateway) => Promise<string | null>
}

/** Growth of live memory while `concurrency` equal requests are under way; all must be right. */
async function grow(gateway: BenchGateway, scenario: Scenario): Promise<Row[]> {
  const { bar, what, concurrency, most, shot, check } = scenario
  const wrong: string[] = []
  const one = async () => {
    const { status, body } = await shoot(shot)
    const fault = status === 200 ? await check(body, gateway) : `${status} ${body.toString()}`
    if (fault) wrong.push(fault.slice(0, 300))
  }
  const began = performance.now()
  const { live, resident, looks } = await watchMemory(gateway.runtime, async () => {
    await Promise.all(Array.from({ length: concurrency }, one))
  })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const note = ` (resident ${(resident / MB).toFixed(0)} MB; ${looks} looks, ${seconds} s)`
  const faults = { bar, what: `${what}: wrong answers`, limit: '<= 0', pass: wrong.length === 0 }
  return [
    atMost(bar, `${what}: live memory`, [live / MB, most], 'MB', note),
    { ...faults, figure: `${wrong.length} of ${concurrency} ${wrong[0] ?? ''}` },
  ]
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const expected = (bytes: number, count: number): string =>
  Array.from({ length: count }, (_, i) => fileOf(bytes, i).sha256).join()

/** What the job says of its images; the bucket refuses bytes that have another hash. */
async function checkJob(job: string, want: string, { runtime, key }: BenchGateway) {
  const headers = { authorization: `Bearer ${key}` }
  const { body } = await shoot({ url: `${runtime.url}/v1/jobs/${job}`, headers })
  const { data } = JSON.parse(body.toString()) as { data: { sha256: string }[] }
  const got = data.map((image) => image.sha256).join()
  return got === want ? null : `stored ${got}`
}

/** The id of the job stands in each link: `/i/<tenant>/<job>/<n>`. */
const jobOf = (body: Buffer): string =>
  (JSON.parse(body.toString()) as { data: { url: string }[] }).data[0]!.url.split('/')[5]!

/** Decodes each image of an answer. */
function checkBase64(body: Buffer): Promise<string | null> {
  const { data } = JSON.parse(body.toString('latin1')) as { data: { b64_json: string }[] }
  const got = data.map(({ b64_json }) => sha256(Buffer.from(b64_json, 'base64'))).join()
  return Promise.resolve(got === expected(LARGE, COUNT) ? null : `answered ${got}`)
}

const stored =
  (bytes: number, count: number) =>
  (body: Buffer, gateway: BenchGateway): Promise<string | null> =>
    checkJob(jobOf(body), expected(bytes, count), gateway)

/** P1 and P3, and the two scenarios in which images go both ways. */
export async function memoryBars(
  gateway: BenchGateway,
  upstream: string,
  isQuick: boolean,
): Promise<Row[]> {
  const order = { prompt: `b64 ${LARGE}`, n: COUNT }
  const url = generation(gateway, order)
  const b64 = generation(gateway, { ...order, response_format: 'b64_json' })
  const byUrl = generation(gateway, { prompt: `url ${LARGE}`, n: 1 })
  const input = fileOf(INPUT, 0).bytes
  const answers = `${COUNT} x 15 MB as base64`
  const check = stored(LARGE, COUNT)
  const p1 = { bar: 'P1', shot: url, check }
  const scenarios: Scenario[] = [
    { ...p1, what: `8 of ${answers}`, concurrency: 8, most: 64 },
    { ...p1, what: `24 of ${answers}`, concurrency: 24, most: 110 },
    {
      bar: 'P3',
      what: '1 of 15 MB by URL',
      concurrency: 1,
      most: 8,
      shot: byUrl,
      check: stored(LARGE, 1),
    },
    {
      bar: 'out',
      what: `8 of ${answers}, out too`,
      concurrency: 8,
      most: 64,
      shot: b64,
      check: checkBase64,
    },
    {
      bar: 'in',
      what: '8 edits of 20 MB',
      concurrency: 8,
      most: 64,
      shot: edit(gateway, 'b64 2000', input),
      check: stored(2000, 1),
    },
  ]
  // Now the bucket can give it back.
  await shoot({ url: `${upstream}/file/${INPUT}/0` })
  // Code that is compiled once is no growth.
  await shoot(generation(gateway, { prompt: 'b64 2000', n: 1 }))
  const rows: Row[] = []
  for (const scenario of scenarios)
    if (!isQuick || scenario.concurrency <= 8) rows.push(...(await grow(gateway, scenario)))
  return rows
}
