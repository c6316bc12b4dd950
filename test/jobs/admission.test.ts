import {
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, afterEach, describe, it, vi } from 'vitest'
import { newJobId } from '../../src/core/ids.ts'
import { newJob as stateOf } from '../../src/core/job-state.ts'
import type { Actor, Reserved } from '../../src/core/tenant.ts'
import type { Job } from '../../src/jobs/job-object.ts'
import { insertJob } from '../../src/jobs/rows.ts'
import { account, admin, ask } from '../support/client.ts'
import { envOf } from './env-of.ts'
import { resolved } from './resolved.ts'

afterEach(() => vi.restoreAllMocks())
afterAll(reset)

type Create = Parameters<Job['create']>

/** A job that is about to be created, for a tenant with a balance. */
async function newJob(body: Record<string, unknown> = {}, balance = 1) {
  const { tenant, key } = await account({ balance_usd: balance })
  const id = newJobId()
  const actor: Actor = {
    tenant,
    keyId: key.split('_')[2]!,
    livemode: true,
    scopes: [],
    models: null,
    metered: true,
    multiplier: 1,
    responseFormat: null,
    retentionSeconds: 86_400,
  }
  const args: Create = [
    ...resolved(body, id),
    actor,
    { origin: 'https://darkroom.test', reuse: [], hash: 'equal', waitMs: 0 },
  ]
  const job = env.JOBS.getByName(id)
  return { key, tenant, job, args, balance: async () => (await ask('/v1/balance', { key })).json }
}

/** What the n-th `reserve` does before or instead of the tenant's own answer. */
type Script = ((real: () => Promise<Reserved>) => Promise<Reserved>)[]

/** Puts a script between a job and its tenant. */
async function script(job: DurableObjectStub<Job>, steps: Script): Promise<void> {
  await runInDurableObject(job, (instance) => {
    const tenants = envOf(instance).TENANTS
    const getByName = tenants.getByName.bind(tenants)
    vi.spyOn(tenants, 'getByName').mockImplementation((name: string) => {
      const stub = getByName(name)
      return new Proxy(stub, {
        get: (target, method: keyof typeof stub) => {
          const step = method === 'reserve' ? steps.shift() : undefined
          if (!step) return target[method]
          return (...args: Parameters<typeof stub.reserve>) =>
            step(async () => target.reserve(...args))
        },
      })
    })
  })
}

/** An unanswered admission is asked again after 2 s. */
const SOON = { timeout: 10_000 }

/** The job takes 3 s. */
const SLOW = { timeout: 20_000 }

const statusOf = async (job: DurableObjectStub<Job>, [, , { tenant }]: Create) =>
  (await job.view(tenant))?.status

const platformError = (marks: object): Error => Object.assign(new Error('lost'), marks)

describe('admission', () => {
  it('whose first question was lost finds the repeat that its caller has made since', async ({
    expect,
  }) => {
    const { job, args, balance } = await newJob()
    const lookup = 'e'.repeat(64)
    const id = newJobId()
    const [, , actor, arrival] = args
    const repeat: Create = [
      ...resolved({}, id),
      actor,
      { ...arrival, reuse: [{ kind: 'repeat', lookup, count: 1 }] },
    ]
    await script(job, [
      async () => {
        expect(await env.JOBS.getByName(id).create(...repeat)).toMatchObject({ ok: true })
        throw platformError({ retryable: true })
      },
    ])
    const first = { ...arrival, reuse: [{ kind: 'repeat' as const, lookup, count: 0 }] }
    const answer = await job.create(args[0], args[1], actor, first)
    expect(answer).toMatchObject({ ok: false, join: id, how: 'repeat' })
    await expect.poll(balance, SOON).toEqual({ balance_usd: 0.96, reserved_usd: 0 })
  })

  it('that answers late does not undo what its job did meanwhile', async ({ expect }) => {
    const { job, args, balance } = await newJob()
    const held = Promise.withResolvers<void>()
    await script(job, [
      async (real) => {
        await real()
        await held.promise
        throw platformError({})
      },
    ])
    const creating = job.create(...args)
    await runDurableObjectAlarm(job).catch(() => {})
    held.resolve()
    expect(await creating).toMatchObject({ ok: true })
    await expect.poll(() => statusOf(job, args), SOON).toBe('succeeded')
    expect(await balance()).toEqual({ balance_usd: 0.96, reserved_usd: 0 })
  })

  it('answers a repeated create with the same refusal, and leaves no job', async ({ expect }) => {
    const { job, args } = await newJob({}, 0)
    const [first, second] = await Promise.all([job.create(...args), job.create(...args)])
    expect(first).toMatchObject({ ok: false, refusal: { code: 'insufficient_balance' } })
    expect(second).toMatchObject({ ok: false, refusal: { code: 'insufficient_balance' } })
    expect(await job.view(args[2].tenant)).toBeNull()
  })

  it(
    'repeated after its object died heals a lost alarm, and waits for the end',
    SLOW,
    async ({ expect }) => {
      const { job, args } = await newJob({ model: 'sketch-slow-priced' })
      await job.create(...args)
      await expect.poll(() => statusOf(job, args)).toBe('running')
      await evictDurableObject(job)
      await runInDurableObject(job, (_, { storage }) => storage.deleteAlarm())
      const [submission, plan, actor, arrival] = args
      const repeated = await job.create(submission, plan, actor, { ...arrival, waitMs: 15_000 })
      expect(repeated).toMatchObject({ ok: true, view: { status: 'succeeded' } })
    },
  )

  it('of an overloaded tenant is refused, and nothing is held', async ({ expect }) => {
    const { job, args, balance } = await newJob()
    await script(job, [
      async () => {
        throw platformError({ overloaded: true })
      },
    ])
    const refused = await job.create(...args)
    expect(refused).toMatchObject({ ok: false, refusal: { status: 503, code: 'overloaded' } })
    expect(await balance()).toEqual({ balance_usd: 1, reserved_usd: 0 })
  })

  it('that may have been held goes on in the open, and is paid once', async ({ expect }) => {
    const { job, args, balance } = await newJob()
    await script(job, [
      async (real) => {
        await real()
        throw platformError({ retryable: true })
      },
      async () => {
        throw platformError({ overloaded: true })
      },
    ])
    expect(await job.create(...args)).toMatchObject({ ok: true, view: { status: 'queued' } })
    await runDurableObjectAlarm(job)
    await expect.poll(() => statusOf(job, args), SOON).toBe('succeeded')
    expect(await balance()).toEqual({ balance_usd: 0.96, reserved_usd: 0 })
  })

  it('refused after its caller was told ends as a failed job that cost nothing', async ({
    expect,
  }) => {
    const { job, args, balance } = await newJob()
    await script(job, [
      async () => {
        throw platformError({})
      },
      async () => ({ ok: false, refusal: refusal(402) }),
    ])
    expect(await job.create(...args)).toMatchObject({ ok: true })
    await runDurableObjectAlarm(job)
    const view = await job.view(args[2].tenant)
    expect(view).toMatchObject({ status: 'failed', error: { status: 402 }, charge: 0 })
    expect(await balance()).toEqual({ balance_usd: 1, reserved_usd: 0 })
  })
})

describe('a job that was deleted', () => {
  it('is not made once more by the yes that it had', async ({ expect }) => {
    const { job, args, tenant, balance } = await newJob()
    const [submission, plan, actor, arrival] = args
    const waiting = { ...arrival, waitMs: 10_000 }
    expect(await job.create(submission, plan, actor, waiting)).toMatchObject({ ok: true })
    expect(await job.remove({ tenant, livemode: true })).toMatchObject({ erased: true })
    expect(await job.create(submission, plan, actor, waiting)).toMatchObject({ ok: false })
    expect(await job.view({ tenant, livemode: true })).toBeNull()
    expect(await balance()).toEqual({ balance_usd: 0.96, reserved_usd: 0 })
  })
})

const repeat = (count: number) => [{ kind: 'repeat' as const, lookup: 'equal', count }]

/** A job as its creator left it who died before the tenant was asked. */
const leave = (job: DurableObjectStub<Job>, [submission, plan, actor, arrival]: Create) =>
  runInDurableObject(job, async (_, { id, storage }) => {
    const { waitMs: _waitMs, ...rest } = arrival
    const facts = { v: 1 as const, id: id.name!, submission, plan, actor, ...rest }
    insertJob(storage.sql, {
      facts,
      state: stateOf(plan, submission.gateway, 86_400_000, Date.now()),
    })
    await storage.setAlarm(Date.now() + 60_000)
  })

describe('a request whose creator died before the tenant was asked', () => {
  it('joins the repeat that its caller has sent since: one is paid, and no input is left', async ({
    expect,
  }) => {
    const { job: lost, args, tenant, balance } = await newJob()
    const [written, plan, actor, { origin }] = args
    const r2 = `inputs/${tenant}/batch/0`
    await env.IMAGES_BUCKET.put(r2, 'an image')
    const inputs = [{ r2, type: 'image/png', bytes: 8, sha256: '0' }]
    const submission = { ...written, request: { ...written.request, inputs } }
    await leave(lost, [
      submission,
      plan,
      actor,
      { origin, reuse: repeat(0), hash: 'equal', waitMs: 0 },
    ])
    const other = newJobId()
    const made = await env.JOBS.getByName(other).create(...resolved({}, other), actor, {
      origin,
      reuse: repeat(1),
      hash: 'equal',
      waitMs: 10_000,
    })
    expect(made).toMatchObject({ ok: true, view: { status: 'succeeded' } })
    await runDurableObjectAlarm(lost)
    expect(await lost.view(tenant)).toBeNull()
    expect(await env.IMAGES_BUCKET.head(r2)).toBeNull()
    expect(await balance()).toEqual({ balance_usd: 0.96, reserved_usd: 0 })
    const { data } = (await admin(`/tenants/${tenant}/ledger`)).json
    const kinds = data.map(({ kind }: { kind: string }) => kind)
    expect(kinds.toSorted()).toEqual(['charge', 'opening', 'reuse'])
  })

  it('and is repeated while its refused job deletes its inputs is refused too, not accepted and lost', async ({
    expect,
  }) => {
    const { job, args, tenant } = await newJob()
    await leave(job, args)
    await script(job, [async () => ({ ok: false, refusal: refusal(429) })])
    await runInDurableObject(job, (instance) => {
      const bucket = envOf(instance).IMAGES_BUCKET
      vi.spyOn(bucket, 'delete').mockImplementation(async () => scheduler.wait(300))
    })
    const ringing = runDurableObjectAlarm(job)
    await scheduler.wait(100)
    const again = await job.create(...args)
    await ringing
    expect(again).toMatchObject({ ok: false, refusal: { status: 429 } })
    expect(await job.view(tenant)).toBeNull()
  })
})

const refusal = (status: number) => ({
  status,
  type: 'insufficient_balance' as const,
  code: 'insufficient_balance',
  message: 'no',
  param: null,
  retryAfterSeconds: null,
  shouldRetry: null,
})
