import {
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, it } from 'vitest'
import { showJobId } from '../../src/core/ids.ts'
import { JOB_STEPS, openRows } from '../../src/jobs/ladder.ts'
import { ask, call } from '../support/client.ts'
import { STORED, storeJobs, storeTenant } from '../support/stored.ts'

beforeEach(async () => {
  await storeTenant()
  await storeJobs()
})

afterEach(reset)

const { key } = STORED
const running = () => env.JOBS.getByName(STORED.running)

/** Row 2 is the state, row 0 the version. */
const rowOf = (id: number): Promise<string> =>
  runInDurableObject(
    running(),
    (_, { storage }) =>
      storage.sql.exec<{ json: string }>('SELECT json FROM rows WHERE id = ?', id).one().json,
  )

async function write(id: number, json: string): Promise<void> {
  await runInDurableObject(running(), (_, { storage }) => {
    storage.sql.exec('UPDATE rows SET json = ? WHERE id = ?', json, id)
  })
  await evictDurableObject(running())
}

describe('a job that an older gateway stored', () => {
  it.for(['queued', 'running', 'succeeded'] as const)(
    'as %s ends, is charged once and can be fetched',
    async (state, { expect }) => {
      const job = await ask(`/v1/jobs/${showJobId(STORED[state])}?wait=20`, { key })
      expect(job.json).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'succeeded' }] })
      const images = state === 'queued' ? 2 : 1
      expect(job.json.cost).toEqual({ usd: 0.04 * images, reserved_usd: 0 })
      expect(job.json.data).toHaveLength(images)
      // The bytes of the one that had ended were not stored with its rows.
      const link = await call(job.json.urls.images[0])
      const { byteLength } = await link.arrayBuffer()
      expect(link.status).toBe(state === 'succeeded' ? 404 : 200)
      if (state !== 'succeeded') expect(byteLength).toBe(job.json.data[0].bytes)
    },
  )

  it('with a handle is asked there, not sent again', async ({ expect }) => {
    const job = await ask(`/v1/jobs/${showJobId(STORED.running)}?wait=20`, { key })
    expect(job.json.attempts).toHaveLength(1)
    expect(job.json.started_at).toBeLessThan(job.json.completed_at)
  })

  it('has the request hash that its rows tell in their own way', async ({ expect }) => {
    for (const [state, hash] of [
      ['succeeded', '90c9fb1c20060d1bb5a73c51679f33a8c8a3cc1a7415f5c7cd4333ad031a7ff6'],
      ['running', '24ec8901bde1f219cbbb0cc4145625cf44218c42d2de7b3fddd095d1e6c200d2'],
      ['queued', null],
    ] as const) {
      const path = `/v1/jobs/${showJobId(STORED[state])}`
      await ask(`${path}?wait=20`, { key })
      const { json } = await ask(`${path}/receipt`, { key })
      expect(json.payload.request_sha256).toBe(hash)
    }
  })

  it('leaves the money of its tenant exact', async ({ expect }) => {
    for (const id of [STORED.queued, STORED.running])
      await ask(`/v1/jobs/${showJobId(id)}?wait=20`, { key })
    const { json } = await ask('/v1/balance', { key })
    expect(json).toEqual({ balance_usd: 4.84, reserved_usd: 0 })
  })
})

describe('the rows of a job', () => {
  const lane = `UPDATE rows SET json = json_set(json, '$.lane', coalesce(json ->> '$.lane', 0) + 1)
    WHERE id = 2`

  it('are brought up to date, each step once', async ({ expect }) => {
    const rows = await runInDurableObject(running(), (_, { storage }) => {
      for (let opened = 0; opened < 3; opened++) openRows(storage, [...JOB_STEPS, lane])
      return storage.sql
        .exec<{ json: string }>('SELECT json FROM rows WHERE id IN (0, 2)')
        .toArray()
    })
    expect(rows[0]!.json).toBe(String(JOB_STEPS.length + 1))
    expect(JSON.parse(rows[1]!.json)).toMatchObject({ status: 'running', lane: 1 })
  })

  it('stay as they were when a step breaks', async ({ expect }) => {
    const before = await rowOf(2)
    await runInDurableObject(running(), (_, { storage }) => {
      const steps = [...JOB_STEPS, lane, 'SELECT * FROM nowhere']
      expect(() => openRows(storage, steps)).toThrow('nowhere')
    })
    expect(await rowOf(2)).toBe(before)
    expect(await rowOf(0)).toBe('1')
  })

  it('of a newer version are used, and keep what this one does not know', async ({ expect }) => {
    await write(0, '99')
    await write(2, JSON.stringify({ ...JSON.parse(await rowOf(2)), lane: 'express' }))
    const job = await ask(`/v1/jobs/${showJobId(STORED.running)}?wait=20`, { key })
    expect(job.json.status).toBe('succeeded')
    await expect
      .poll(async () => JSON.parse(await rowOf(2)))
      .toMatchObject({ lane: 'express', settled: true })
    expect(await rowOf(0)).toBe('99')
  })

  it.for([
    ['status', (state: Record<string, unknown>) => ({ ...state, status: 'paused' })],
    [
      'step',
      (state: { parts: object[] }) => ({
        ...state,
        parts: [{ ...state.parts[0], step: 'signing' }],
      }),
    ],
  ] as const)(
    'with a %s of a newer version wait for it, unharmed',
    async ([, change], { expect }) => {
      const old = await rowOf(2)
      const unknown = JSON.stringify(change(JSON.parse(old)))
      await write(2, unknown)
      await runInDurableObject(running(), (_, { storage }) => storage.setAlarm(Date.now() + 60_000))
      await runDurableObjectAlarm(running())
      const path = `/v1/jobs/${showJobId(STORED.running)}`
      expect((await ask(path, { key })).json.status).toBe('running')
      expect((await ask(`${path}/cancel`, { key, method: 'POST' })).json.status).toBe('running')
      expect(await rowOf(2)).toBe(unknown)
      const alarm = await runInDurableObject(running(), (_, { storage }) => storage.getAlarm())
      expect(alarm).not.toBeNull()
      await write(2, old)
      await runDurableObjectAlarm(running())
      expect((await ask(`${path}?wait=20`, { key })).json.status).toBe('succeeded')
    },
  )
})
