import { reset, runInDurableObject } from 'cloudflare:test'
import { afterAll, afterEach, describe, it, vi } from 'vitest'
import { readJob } from '../../src/jobs/rows.ts'
import { submitUpstream } from '../../src/jobs/upstream-call.ts'
import { account, ask, call, generate } from '../support/client.ts'
import { env } from 'cloudflare:workers'
import { jobObject } from '../support/storage.ts'
import { rewrite } from './rewrite.ts'
import { submitting } from './submitting.ts'
import { uploading } from './uploading.ts'

afterEach(() => vi.useRealTimers())
afterAll(reset)

const stateOf = (job: DurableObjectStub) =>
  runInDurableObject(job, (_, { storage }) => readJob(storage.sql)!.state)

const MINUTE_MS = 60_000

/** A busy machine has its time. */
const PATIENT = { timeout: 10_000 }

describe('while one call of a job is live', { timeout: 20_000 }, () => {
  it('another that becomes due is not kept waiting', async ({ expect }) => {
    const { job, end } = await uploading(false, ({ parts }) => {
      parts[2]!.due = Date.now() + 700
    })
    await expect
      .poll(async () => (await stateOf(job)).parts.map(({ step }) => step), PATIENT)
      .toEqual(['waiting', 'storing', 'storing'])
    await end()
  })

  it('the reader of a link is given its image as soon as that is there', async ({ expect }) => {
    const { made, end } = await uploading(false)
    const reading = call(made.urls.images[1])
    await scheduler.wait(100)
    await end()
    const link = await reading
    expect(link.status).toBe(200)
    await link.arrayBuffer()
    expect((await ask(made.urls.images[2].replace(/$/, '&wait=0'))).status).toBe(202)
  })

  it('no further one begins that the platform could cut off: the next run begins it', async ({
    expect,
  }) => {
    const { job, end } = await uploading(false, ({ parts, attempts }) => {
      parts[2] = { ...parts[2]!, step: 'ready', attempt: null, tries: 0, due: Date.now() + 5000 }
      attempts.pop()
    })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 13.9 * MINUTE_MS })
    await scheduler.wait(2500)
    const { parts } = await stateOf(job)
    expect(parts.map(({ step }) => step).slice(1)).toEqual(['storing', 'ready'])
    await end()
    await expect.poll(async () => (await stateOf(job)).parts[2]!.tries, PATIENT).toBe(1)
  })
})

describe('a run that outlasts its lease', () => {
  it('is not disturbed by whoever asks for the job', async ({ expect }) => {
    const { key, job, made, end } = await uploading(false)
    const alarm = () => runInDurableObject(job, (_, { storage }) => storage.getAlarm())
    await expect.poll(alarm, PATIENT).not.toBeNull()
    const before = await alarm()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + MINUTE_MS })
    await ask(made.urls.get, { key })
    expect(await alarm()).toBe(before)
    vi.useRealTimers()
    await end()
  })
})

describe('a job whose object was reset', () => {
  it('goes on when it is asked for, not at the end of the lease of the run that died', async ({
    expect,
  }) => {
    const { key } = await account({ balance_usd: 1 })
    const made = await generate(key, { prompt: 'a red cube', size: '64x64' })
    const id = made.headers.get('x-darkroom-job')!
    const job = jobObject(id)
    await expect.poll(async () => (await stateOf(job)).settled, PATIENT).toBe(true)
    await rewrite(job, (state) => Object.assign(state, { settled: false }))
    await runInDurableObject(job, (_, { storage }) => storage.setAlarm(Date.now() + 10 * MINUTE_MS))
    await ask(`/v1/jobs/${id}`, { key })
    await expect.poll(async () => (await stateOf(job)).settled, PATIENT).toBe(true)
  })
})

describe('a job whose inputs took longer than it may', () => {
  it('sends nothing to its upstream', async ({ expect }) => {
    const record = submitting({ model: 'sketch-priced' })
    Object.assign(record.facts.plan.routes[0]!, { provider: 'openai', baseUrl: 'https://a.test' })
    record.state.endBy = Date.now() - 1
    const [attempt] = record.state.attempts
    const { signal } = new AbortController()
    const context = { env, record, signal, now: Date.now() - 2, onPartial: () => {} }
    const { outcome } = await submitUpstream({ ...context, attempt: attempt! })
    expect(outcome).toMatchObject({ kind: 'failed', error: { executed: 'no' } })
  })
})
