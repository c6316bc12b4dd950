import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import fc from 'fast-check'
import { afterEach, describe, it, vi } from 'vitest'
import { newJobId } from '../../src/core/ids.ts'
import type { Member, Reservation } from '../../src/core/tenant.ts'
import { reserveAll } from '../../src/tenants/group.ts'
import { codeOf, limited, watchWakes } from './limited.ts'
import { idempotency, newTenant, reservationOf, settlementOf, told } from './tenant.ts'

afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await reset()
})

/** The jobs of one request; with a name, that of its Idempotency-Key. */
const groupOf = (count: number, name?: string): Member[] =>
  Array.from({ length: count }, (_, i) => ({
    job: newJobId(),
    reuse: name === undefined ? [] : [idempotency(`${name}#${i}`)],
  }))

/** What the nth job of a group asks its tenant. */
const askOf = (keyId: string, group: Member[], nth = 0, over: Partial<Reservation> = {}) =>
  reservationOf(keyId, { ...group[nth]!, group, mayWait: true, ...over })

type Tenant = Awaited<ReturnType<typeof newTenant>>['tenant']

/** Job and state of every reservation, in the order of admission. */
const rowsOf = (tenant: Tenant) =>
  runInDurableObject(tenant, (_, { storage }) =>
    storage.sql
      .exec<{ job: string; state: string; waits: number }>(
        'SELECT job, state, waits FROM reservation ORDER BY seq',
      )
      .toArray(),
  )

const idsOf = (group: Member[]): string[] => group.map(({ job }) => job)

describe('jobs of one request', () => {
  it('are reserved by whichever of them asks first, and the others find their row', async ({
    expect,
  }) => {
    const { tenant, keyId } = await newTenant()
    const group = groupOf(4)
    for (const nth of [2, 0, 1, 3, 2])
      expect(await tenant.reserve(askOf(keyId, group, nth))).toMatchObject({ ok: true })
    expect(await tenant.balance()).toEqual({ balance: 10_000_000, reserved: 4_000_000 })
    expect((await rowsOf(tenant)).map(({ job }) => job)).toEqual(idsOf(group))
  })

  it.for<[string, Parameters<typeof limited>[0], Partial<Reservation>, string]>([
    ['money', {}, { amount: 300_000_000 }, 'insufficient_balance'],
    ['images per minute', { imagesPerMinute: 3 }, {}, 'invalid_value'],
    ['requests per minute', { requestsPerMinute: 3 }, {}, 'invalid_value'],
    ['slots and places of those that wait', { running: 1, queued: 2 }, {}, 'invalid_value'],
    ['slots', { running: 3 }, { mayWait: false }, 'invalid_value'],
  ])('are all refused where %s would do for three of four', async (row, { expect }) => {
    const [, limits, over, code] = row
    const { tenant, keyId } = await limited(limits)
    const refused = await tenant.reserve(askOf(keyId, groupOf(4, 'k'), 0, over))
    expect(codeOf(refused)).toBe(code)
    expect(await rowsOf(tenant)).toEqual([])
    expect((await tenant.balance())!.reserved).toBe(0)
    expect((await tenant.list({ livemode: true, limit: 10 }))!.data).toEqual([])
    const three = await tenant.reserve(askOf(keyId, groupOf(3, 'k'), 0, over))
    expect(codeOf(three)).toBe('ok')
  })

  it('are told when there is room for all of them, and what is left now', async ({ expect }) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { tenant, keyId, ask } = await limited({ requestsPerMinute: 6, imagesPerMinute: 100 })
    for (const pause of [10_000, 20_000, 20_000]) {
      await ask()
      vi.setSystemTime(Date.now() + pause)
    }
    // Two of the three have to be gone.
    expect(await tenant.reserve(askOf(keyId, groupOf(5), 0, { images: 2 }))).toMatchObject({
      refusal: { status: 429, retryAfterSeconds: 20 },
      rates: { requests: { limit: 6, remaining: 3 }, images: { limit: 100, remaining: 97 } },
    })
    const poor = await tenant.reserve(askOf(keyId, groupOf(3), 0, { amount: 400_000_000 }))
    expect(poor).toMatchObject({
      refusal: { status: 402 },
      rates: { requests: { remaining: 3 } },
    })
  })

  it('are told how many may wait where too many of them would', async ({ expect }) => {
    const { tenant, keyId, ask } = await limited({ running: 2, queued: 2, requestsPerMinute: 9 })
    await ask()
    expect(await tenant.reserve(askOf(keyId, groupOf(4)))).toMatchObject({
      refusal: {
        status: 429,
        message: 'This tenant may have 2 jobs queued, and this request has no room among them.',
      },
      rates: { requests: { remaining: 8 } },
    })
  })

  it('count together against the bound and the budget of their key', async ({ expect }) => {
    const { tenant, keyOf } = await limited({})
    const bounded = await keyOf({ maxImages: 3 })
    const budgeted = await keyOf({ budget: { micros: 3_500_000, period: 'day' } })
    for (const keyId of [bounded, budgeted]) {
      expect(codeOf(await tenant.reserve(askOf(keyId, groupOf(4))))).toBe('insufficient_balance')
      expect(codeOf(await tenant.reserve(askOf(keyId, groupOf(3))))).toBe('ok')
    }
  })

  it('start as far as there are slots, and the others wait in order', async ({ expect }) => {
    const { tenant, keyId } = await limited({ running: 2 })
    const group = groupOf(4)
    const positions = []
    for (const nth of [0, 1, 2, 3])
      positions.push(await tenant.reserve(askOf(keyId, group, nth, { amount: 0 })))
    expect(positions.map((place) => place.ok && place.position)).toEqual([null, null, 1, 2])
  })

  it('release what they hold one by one', async ({ expect }) => {
    const { tenant, keyId } = await newTenant()
    const group = groupOf(3)
    await tenant.reserve(askOf(keyId, group))
    await tenant.settle(settlementOf(group[1]!.job, { charge: 400_000 }))
    expect(await tenant.balance()).toEqual({ balance: 9_600_000, reserved: 2_000_000 })
    await tenant.settle(settlementOf(group[0]!.job, { charge: 0 }))
    await tenant.settle(settlementOf(group[2]!.job, { charge: 1_000_000 }))
    expect(await tenant.balance()).toEqual({ balance: 8_600_000, reserved: 0 })
  })

  it('are asked for as a replay by the same ids, each time', async ({ expect }) => {
    const { tenant, keyId } = await newTenant()
    const [first, again] = [groupOf(3, 'k'), groupOf(3, 'k')]
    await tenant.reserve(askOf(keyId, first))
    const answers = []
    for (const nth of [0, 1, 2, 0])
      answers.push(told(await tenant.reserve(askOf(keyId, again, nth)), again[nth]!.job))
    const ids = [...idsOf(first), first[0]!.job]
    expect(answers).toEqual(ids.map((id) => `idempotency ${id}`))
    expect((await tenant.balance())!.reserved).toBe(3_000_000)
  })

  it('of another body under the same key are refused, however many', async ({ expect }) => {
    const { tenant, keyId } = await newTenant()
    await tenant.reserve(askOf(keyId, groupOf(2, 'k')))
    const other = groupOf(4).map(({ job }, i) => ({ job, reuse: [idempotency(`k#${i}`, 'four')] }))
    expect(codeOf(await tenant.reserve(askOf(keyId, other)))).toBe('idempotency_key_reused')
    expect(await rowsOf(tenant)).toHaveLength(2)
  })
})

/** A group of which only the first job was made. */
async function halfMade() {
  vi.useFakeTimers({ toFake: ['Date'] })
  const made = await newTenant()
  const group = groupOf(3, 'k')
  await made.tenant.reserve(askOf(made.keyId, group))
  const isMade = (job: string) => job === group[0]!.job
  return { ...made, group, woken: watchWakes(() => false, isMade) }
}

describe('a creator that dies between the reservation of a group and its jobs', () => {
  it('leaves nothing reserved for jobs that do not exist', async ({ expect }) => {
    const { tenant, group, woken } = await halfMade()
    vi.setSystemTime(Date.now() + 60_000)
    await runDurableObjectAlarm(tenant)
    expect(woken.toSorted()).toEqual(idsOf(group).toSorted())
    expect(await tenant.balance()).toEqual({ balance: 10_000_000, reserved: 1_000_000 })
    expect((await rowsOf(tenant)).map(({ state }) => state)).toEqual(['open', 'closed', 'closed'])
  })

  it('may be repeated: before the sweep by the same ids, and after it only what is missing is made', async ({
    expect,
  }) => {
    const { tenant, keyId, group } = await halfMade()
    const ask = async (again: Member[], nth: number) =>
      told(await tenant.reserve(askOf(keyId, again, nth)), again[nth]!.job)
    const soon = groupOf(3, 'k')
    expect(await ask(soon, 1)).toBe(`idempotency ${group[1]!.job}`)
    vi.setSystemTime(Date.now() + 60_000)
    await runDurableObjectAlarm(tenant)
    const late = groupOf(3, 'k')
    expect(await ask(late, 0)).toBe(`idempotency ${group[0]!.job}`)
    expect([await ask(late, 1), await ask(late, 2)]).toEqual([late[1]!.job, late[2]!.job])
    expect((await tenant.balance())!.reserved).toBe(3_000_000)
  })

  it('makes none of them when it lives on and is too late', async ({ expect }) => {
    const { tenant, keyId, group } = await halfMade()
    vi.setSystemTime(Date.now() + 60_000)
    await runDurableObjectAlarm(tenant)
    expect(codeOf(await tenant.reserve(askOf(keyId, group, 1)))).toBe('job_cancelled')
    expect((await tenant.balance())!.reserved).toBe(1_000_000)
  })
})

const anyStep = fc.record({
  do: fc.constantFrom('ask', 'ask', 'ask', 'settle', 'forget', 'credit'),
  group: fc.nat({ max: 3 }),
  nth: fc.nat({ max: 3 }),
  amount: fc.nat({ max: 120 }),
})

/** Groups of one to four jobs; the last has the Idempotency-Key of the third. */
const anyGroups = () => [groupOf(1), groupOf(2), groupOf(4, 'k'), groupOf(4, 'k')]

type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never

function step(
  storage: DurableObjectStorage,
  keyId: string,
  groups: Member[][],
  asked: Step,
): string[] {
  const group = groups[asked.group]!
  const nth = asked.nth % group.length
  const { sql } = storage
  const read = () =>
    sql.exec<{ job: string; state: string; amount: number }>('SELECT * FROM reservation').toArray()
  const before = read()
  const r = askOf(keyId, group, nth, { amount: asked.amount })
  const answer = reserveAll(storage, r, Date.now())
  const after = read()
  const added = after.length - before.length
  const known = group.filter(({ job }) => before.some((row) => row.job === job)).length
  const joined = sql
    .exec(`SELECT 1 FROM ledger WHERE kind = 'reuse' AND reference IN (?, ?, ?, ?)`, ...four(group))
    .toArray().length
  const broken: string[] = []
  if ('refusal' in answer && added !== 0) broken.push('a refusal reserves nothing')
  if (added !== 0 && added + known + joined !== group.length) broken.push('all or none')
  return broken
}

const four = (group: Member[]): string[] => [0, 1, 2, 3].map((i) => group[i]?.job ?? '')

describe('the money of groups', () => {
  it('adds up after every step of any history, and no group is admitted in part', async ({
    expect,
  }) => {
    vi.spyOn(console, 'log').mockReturnValue()
    const { tenant, keyId } = await newTenant({ balance: 400 })
    await runInDurableObject(tenant, (instance, { storage }) => {
      const undone = new Error('taken back')
      const play = (history: Step[]): string[] => {
        const groups = anyGroups()
        const broken: string[] = []
        try {
          storage.transactionSync(() => {
            for (const each of history) {
              const job = groups[each.group]![each.nth % groups[each.group]!.length]!.job
              if (each.do === 'ask') broken.push(...step(storage, keyId, groups, each))
              if (each.do === 'settle') instance.settle(settlementOf(job, { charge: each.amount }))
              if (each.do === 'forget') instance.forget(job)
              if (each.do === 'credit') instance.credit({ amount: each.amount, reference: job })
              const { reserved, open, balance, sum } = storage.sql
                .exec<Record<'reserved' | 'open' | 'balance' | 'sum', number>>(
                  `SELECT balance, reserved, (SELECT sum(amount) FROM ledger) AS sum,
                   (SELECT coalesce(sum(amount), 0) FROM reservation WHERE state = 'open') AS open
                   FROM tenant`,
                )
                .one()
              if (reserved !== open) broken.push('reserved is what is open')
              if (balance !== sum || balance < reserved) broken.push('the books agree')
            }
            throw undone
          })
        } catch (caught) {
          if (caught !== undone) throw caught
        }
        return broken
      }
      fc.assert(
        fc.property(fc.array(anyStep, { minLength: 1, maxLength: 25 }), (history) => {
          expect(play(history)).toEqual([])
        }),
        { numRuns: 200 },
      )
    })
  })

  it('of groups that race for it goes to as many whole groups as it is enough for', async ({
    expect,
  }) => {
    const { tenant, keyId } = await newTenant({ balance: 10_000_000 })
    const groups = Array.from({ length: 8 }, () => groupOf(4))
    const asks = groups.flatMap((group) => group.map((_, nth) => askOf(keyId, group, nth)))
    await Promise.all(asks.map((r) => tenant.reserve(r)))
    const rows = await rowsOf(tenant)
    expect(rows).toHaveLength(8)
    for (const group of groups)
      expect([0, 4]).toContain(rows.filter(({ job }) => idsOf(group).includes(job)).length)
    expect((await tenant.balance())!.reserved).toBe(8_000_000)
  })
})
