import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import { newJobId } from '../../src/core/ids.ts'
import { reserve } from '../../src/tenants/admission.ts'
import type { CreatedKey } from '../../src/tenants/records.ts'
import { codeOf, limited } from './limited.ts'
import { idempotency, repeat, reservationOf, seed } from './tenant.ts'

const MINUTE_MS = 60_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await reset()
})

const later = (ms: number) => vi.setSystemTime(Date.now() + ms)

const rowsIn = (tenant: Awaited<ReturnType<typeof limited>>['tenant'], table: string) =>
  runInDurableObject(tenant, (_, { storage }) =>
    storage.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one(),
  ).then(({ n }) => n)

const left = (remaining: number) => ({ rates: { requests: { remaining } } })

describe('requests per minute', () => {
  it('are refused beyond the limit, with a time to wait that is true', async ({ expect }) => {
    const { ask } = await limited({ requestsPerMinute: 2 })
    expect(codeOf(await ask())).toBe('ok')
    later(10_500)
    expect(codeOf(await ask())).toBe('ok')
    const refused = await ask()
    expect(refused).toMatchObject({
      refusal: { status: 429, code: 'rate_limit_exceeded', retryAfterSeconds: 50 },
      rates: { requests: { limit: 2, remaining: 0, resetMs: MINUTE_MS }, images: null },
    })
    later(49_000)
    expect(codeOf(await ask())).toBe('rate_limit_exceeded')
    later(1000)
    expect(codeOf(await ask())).toBe('ok')
  })

  it('of a tenant are counted over all its keys, live and test apart', async ({ expect }) => {
    const { ask, keyOf } = await limited({ requestsPerMinute: 1 })
    const [other, test] = [await keyOf({}), await keyOf({ livemode: false })]
    expect(codeOf(await ask())).toBe('ok')
    expect(codeOf(await ask({}, other))).toBe('rate_limit_exceeded')
    expect(codeOf(await ask({ livemode: false }, test))).toBe('ok')
  })

  it('of a key do not bind another one', async ({ expect }) => {
    const { ask, keyOf } = await limited({}, { limits: { requestsPerMinute: 1 } })
    const other = await keyOf({})
    const codes = []
    for (const by of [undefined, undefined, other, other]) codes.push(codeOf(await ask({}, by)))
    expect(codes).toEqual(['ok', 'rate_limit_exceeded', 'ok', 'ok'])
  })

  it('of a key bind its children and the key that takes its place', async ({ expect }) => {
    const { ask, tenant, keyId } = await limited(
      {},
      { limits: { requestsPerMinute: 3, running: 2 } },
    )
    const wish = { name: 'child', livemode: true, expiresAt: Date.now() + MINUTE_MS }
    const child = (await tenant.mintKey(keyId, wish)) as CreatedKey
    expect(codeOf(await ask({}, child.id))).toBe('ok')
    const heir = (await tenant.rotateKey(keyId, MINUTE_MS)) as CreatedKey
    expect(codeOf(await ask({}, heir.id))).toBe('ok')
    expect(await ask({ mayWait: true }, child.id)).toMatchObject({ ok: true, position: 1 })
    expect(codeOf(await ask({ mayWait: true }))).toBe('rate_limit_exceeded')
  })

  it('are not used up by refusals, nor by a job that asks again', async ({ expect }) => {
    const { ask } = await limited({ requestsPerMinute: 3 })
    const first = { job: newJobId(), reuse: [idempotency('k')] }
    const joining = { job: newJobId(), reuse: [idempotency('k')] }
    for (const again of [first, first]) expect(codeOf(await ask(again))).toBe('ok')
    for (const again of [joining, joining]) expect(codeOf(await ask(again))).toBe('join')
    const poor = await ask({ amount: 2_000_000_000 })
    expect(codeOf(poor)).toBe('insufficient_balance')
    expect(poor).toMatchObject(left(1))
    expect(codeOf(await ask())).toBe('ok')
    expect(codeOf(await ask())).toBe('rate_limit_exceeded')
  })

  it.for(['tenant', 'key'] as const)(
    'of a %s are taken by requests that another job answers, without images',
    async (whose, { expect }) => {
      const limits = { requestsPerMinute: 3, imagesPerMinute: 4 }
      const { ask, tenant } = await (whose === 'tenant' ? limited(limits) : limited({}, { limits }))
      const first = newJobId()
      await ask({ job: first, images: 3, reuse: [seed('s'), repeat(0)] })
      expect(await ask({ images: 3, reuse: [seed('s')] })).toMatchObject({
        join: first,
        rates: { requests: { remaining: 1 }, images: { remaining: 1 } },
      })
      later(10_000)
      expect(codeOf(await ask({ images: 3, reuse: [seed('s')] }))).toBe('join')
      const refused = await ask({ images: 3, reuse: [repeat(1)] })
      expect(refused).toMatchObject({ refusal: { status: 429, retryAfterSeconds: 50 } })
      const lines = (await tenant.ledger({ limit: 100 }))!.data
      expect(lines.filter(({ kind }) => kind === 'reuse')).toHaveLength(2)
      later(50_000)
      // What was refused has not claimed the job that it repeats.
      expect(await ask({ images: 3, reuse: [repeat(1)] })).toMatchObject({ join: first })
    },
  )

  it('let requests through that join while a lowered limit of images is exceeded', async ({
    expect,
  }) => {
    const { ask, tenant } = await limited({ imagesPerMinute: 4 })
    await ask({ images: 4, reuse: [seed('s')] })
    await tenant.update({ limits: { imagesPerMinute: 2 } })
    expect(codeOf(await ask({ reuse: [seed('s')] }))).toBe('join')
  })

  it('are exact when all come at once', async ({ expect }) => {
    const { ask } = await limited({ requestsPerMinute: 50 }, { limits: { imagesPerMinute: 60 } })
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask({ images: 2 })))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(30)
  })

  it('may be changed at any time, and lifted', async ({ expect }) => {
    const { ask, tenant, keyId } = await limited({ requestsPerMinute: 1, running: 7 })
    await ask()
    await tenant.update({ limits: { requestsPerMinute: 2 } })
    expect((await tenant.read())!.limits).toMatchObject({ requestsPerMinute: 2, running: 7 })
    expect(codeOf(await ask())).toBe('ok')
    expect(codeOf(await ask())).toBe('rate_limit_exceeded')
    await tenant.update({ limits: { requestsPerMinute: null } })
    expect(codeOf(await ask())).toBe('ok')
    await tenant.updateKey(keyId, { limits: { requestsPerMinute: 1 } })
    expect([codeOf(await ask()), codeOf(await ask())]).toEqual(['ok', 'rate_limit_exceeded'])
  })

  it('leave rows for their minute only', async ({ expect }) => {
    const { ask, tenant } = await limited({ requestsPerMinute: 100 })
    for (let n = 0; n < 10; n++) await ask()
    expect(await rowsIn(tenant, 'rate')).toBe(10)
    later(MINUTE_MS)
    await ask()
    // The last of them stays: the others are counted from it.
    expect(await rowsIn(tenant, 'rate')).toBe(2)
    later(MINUTE_MS)
    await runDurableObjectAlarm(tenant)
    expect(await rowsIn(tenant, 'rate')).toBe(0)
  })

  it('of a clock that was far ahead bind nobody, and go with the next that is admitted', async ({
    expect,
  }) => {
    const { ask, tenant } = await limited({ requestsPerMinute: 3, running: 2 })
    later(10 * MINUTE_MS)
    for (const times of [1, 2]) expect([times, codeOf(await ask())]).toEqual([times, 'ok'])
    later(-10 * MINUTE_MS)
    expect(await ask()).toMatchObject({ ok: false, ...left(3) })
    expect(await rowsIn(tenant, 'rate')).toBe(2)
    await tenant.update({ limits: { running: null } })
    expect(await ask()).toMatchObject({ ok: true, ...left(2) })
    expect(await rowsIn(tenant, 'rate')).toBe(1)
  })

  it('are kept by the rows too, in any history', async ({ expect }) => {
    const { tenant, keyId } = await limited({ requestsPerMinute: 3, imagesPerMinute: 6 })
    const anyStep = fc.record({
      pause: fc.oneof(fc.nat({ max: 30_000 }), fc.constant(MINUTE_MS)),
      images: fc.integer({ min: 1, max: 4 }),
    })
    await runInDurableObject(tenant, (_, { storage }) => {
      fc.assert(
        fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
          const admitted = playBack(storage, keyId, steps)
          for (const { at } of admitted) {
            const within = admitted.filter((other) => other.at >= at && other.at < at + MINUTE_MS)
            expect(within.length).toBeLessThanOrEqual(3)
            expect(within.reduce((sum, { images }) => sum + images, 0)).toBeLessThanOrEqual(6)
          }
        }),
        { numRuns: 100 },
      )
    })
  })
})

/** Runs one history on rows that are taken back at its end, and tells what was admitted. */
function playBack(
  storage: DurableObjectStorage,
  keyId: string,
  steps: { pause: number; images: number }[],
) {
  const admitted: { at: number; images: number }[] = []
  const undone = new Error('taken back')
  try {
    storage.transactionSync(() => {
      let at = Date.now()
      for (const { pause, images } of steps) {
        at += pause
        const { ok } = reserve(storage.sql, reservationOf(keyId, { images, amount: 0 }), at)
        if (ok) admitted.push({ at, images })
      }
      throw undone
    })
  } catch (caught) {
    if (caught !== undone) throw caught
  }
  return admitted
}

describe('images', () => {
  it('per minute are counted, and more than fit into a minute are a bad request', async ({
    expect,
  }) => {
    const { ask } = await limited({ imagesPerMinute: 4 })
    expect(await ask({ images: 3 })).toMatchObject({
      ok: true,
      rates: { requests: null, images: { limit: 4, remaining: 1 } },
    })
    expect(await ask({ images: 2 })).toMatchObject({
      refusal: { status: 429 },
      rates: { images: { remaining: 1 } },
    })
    expect(codeOf(await ask({ images: 1 }))).toBe('ok')
    expect(await ask({ images: 5 })).toMatchObject({
      refusal: { status: 400, param: 'n' },
      rates: { images: { limit: 4, remaining: 0 } },
    })
  })

  it('larger than tenant and key allow are refused by the name of the field', async ({
    expect,
  }) => {
    const { ask } = await limited(
      { pixelsPerImage: 2_000_000 },
      { limits: { pixelsPerImage: 1_000_000 } },
    )
    expect(codeOf(await ask({ pixels: 1_000_000 }))).toBe('ok')
    const refused = await ask({ pixels: 1_000_001 })
    expect(refused).toMatchObject({ refusal: { status: 400, param: 'size' } })
    expect(refused).not.toHaveProperty('rates')
  })
})
