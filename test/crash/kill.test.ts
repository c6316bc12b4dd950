import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, it, type ExpectStatic, type TestContext } from 'vitest'
import {
  ask,
  download,
  listCharges,
  listJobs,
  openAccount,
  readBalance,
  type Account,
  type NativeJob,
} from '../conformance/client.ts'
import { startGatewayProcess, type GatewayProcess } from './gateway-process.ts'

/** How many lives of a gateway are played, and which ones: the moments of its deaths follow from both. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 2)
const SEED = process.env['CRASH_SEED'] ?? '3'

const PRICE = 0.04
const BALANCE = 10
const price = [{ unit: 'image', usd: PRICE }]
/** A drawing that was cut off is taken up again when the longest time for it is over. */
const timing = { usualSeconds: 1, timeoutSeconds: 1 }
const VARS = {
  MODELS: JSON.stringify({
    'sketch-1': { price, timing },
    'sketch-slow': { price, timing },
  }),
}

/** `sketch-slow` takes 3 s: the last death comes when it is about to end, or just has. ms. */
const LATEST_DEATH_MS = 3500
/** Requests come within this time, so that some deaths find them on their way. ms. */
const ARRIVAL_MS = 800
/** A job whose caller died with the gateway asks for its reservation within 2 s. ms. */
const ADMISSION_MS = 3000
/** Until every reservation must be gone, ms. */
const DEADLINE_MS = 30_000

/** 0 to 1, the same for the same words. */
const chance = (...words: (string | number)[]): number =>
  createHash('sha256')
    .update([SEED, ...words].join('/'))
    .digest()
    .readUInt32BE() /
  2 ** 32

/** The job of a 202; null for a request that died with the gateway. */
async function accept(
  gateway: string,
  { key }: Account,
  round: number,
  i: number,
): Promise<NativeJob | null> {
  await sleep(ARRIVAL_MS * chance(round, 'arrival', i))
  const slow = { model: 'sketch-slow', size: '64x64' }
  const body = i < 6 ? slow : { model: 'sketch-1', size: '512x512' }
  const options = {
    key,
    body: { prompt: `ship ${i}`, ...body },
    headers: { prefer: 'respond-async' },
  }
  const answer = await ask<NativeJob>(`${gateway}/v1/images/generations`, options).catch(() => null)
  if (answer && answer.status !== 202) throw new Error(JSON.stringify(answer.json))
  return answer?.json ?? null
}

/** Ten requests meet a gateway that dies once or twice; what its last life finds is returned. */
async function play(round: number, onTestFinished: TestContext['onTestFinished']) {
  const state = await mkdtemp(join(tmpdir(), 'darkroom-crash-'))
  const lives: GatewayProcess[] = []
  onTestFinished(async () => {
    await Promise.all(lives.map((life) => life.kill()))
    await rm(state, { recursive: true })
  })
  const live = async (): Promise<GatewayProcess> => {
    const life = await startGatewayProcess(state, VARS)
    lives.push(life)
    return life
  }

  const first = await live()
  const account = await openAccount(first.url, BALANCE)
  const asked = Array.from({ length: 10 }, (_, i) => accept(first.url, account, round, i))
  await sleep(LATEST_DEATH_MS * chance(round, 'death'))
  await first.kill()
  const answers = await Promise.all(asked)
  if (round % 2 === 1) {
    const second = await live()
    await sleep(LATEST_DEATH_MS * chance(round, 'second death'))
    await second.kill()
  }
  const last = await live()
  return { gateway: last.url, account, accepted: answers.filter((answer) => answer !== null) }
}

/** Nobody asks for the jobs: they must go on by themselves. */
async function untilNothingIsReserved(gateway: string, { key }: Account): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  await sleep(ADMISSION_MS)
  while ((await readBalance(gateway, key)).reserved_usd > 0) {
    if (Date.now() > deadline) throw new Error('Some jobs did not go on after the restart.')
    await sleep(100)
  }
}

/** The gateway has another port now; a signature does not cover it. */
async function expectImage(expect: ExpectStatic, gateway: string, job: NativeJob): Promise<void> {
  const { pathname, search } = new URL(job.data[0]!.url)
  const image = await download(gateway + pathname + search)
  expect(image).toMatchObject({ status: 200, sha256: job.data[0]!.sha256 })
}

describe.concurrent('a gateway whose processes are killed', () => {
  const rounds = Array.from({ length: ROUNDS }, (_, round) => round)
  it.for(rounds)(
    'ends every accepted job by itself, charged once (round %i)',
    { timeout: 90_000 },
    async (round, { expect, onTestFinished }) => {
      const { gateway, account, accepted } = await play(round, onTestFinished)
      await untilNothingIsReserved(gateway, account)

      const listed = await listJobs(gateway, account.key)
      const ids = listed.map(({ id }) => id)
      expect(ids).toEqual(expect.arrayContaining(accepted.map(({ id }) => id)))
      // Those beyond the accepted ones are of requests that died unanswered.
      expect(ids.length).toBeLessThanOrEqual(10)
      const read = ids.map((id) => ask<NativeJob>(`${gateway}/v1/jobs/${id}`, { key: account.key }))
      const jobs = (await Promise.all(read)).map(({ json }) => json)
      expect(jobs.map(({ status }) => status)).toEqual(ids.map(() => 'succeeded'))
      expect(jobs.map(({ data }) => data.length)).toEqual(ids.map(() => 1))
      await Promise.all(jobs.map((job) => expectImage(expect, gateway, job)))

      const charges = await listCharges(gateway, account.tenant)
      expect(charges.map((line) => line.amount_usd)).toEqual(ids.map(() => -PRICE))
      expect(new Set(charges.map(({ job }) => job)).size).toBe(ids.length)
      const left = Math.round((BALANCE - ids.length * PRICE) * 1e6) / 1e6
      const balance = await readBalance(gateway, account.key)
      expect(balance).toEqual({ balance_usd: left, reserved_usd: 0 })
    },
  )
})
