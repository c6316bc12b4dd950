import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, it, vi } from 'vitest'
import type { Labels, Settlement } from '../../src/core/tenant.ts'
import { readUsage, type Group, type UsageQuery } from '../../src/tenants/usage-query.ts'
import { newTenantId } from '../../src/tenants/key.ts'
import { createTables } from '../../src/tenants/migrate.ts'
import { TENANT_STEPS } from '../../src/tenants/schema.ts'
import { count, dayOf } from '../../src/tenants/usage.ts'
import { DAY_MS, idempotency, newTenant, reservationOf, settlementOf } from './tenant.ts'

afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

const work = {
  labels: {},
  inputTokens: 30,
  outputTokens: 400,
  possiblyBilled: 1,
}

async function newBooks(usageTags: string[] = []) {
  const made = await newTenant({ usageTags })
  const { tenant, keyId } = made
  /** A job from its reservation to its settlement. */
  const draw = async (labels: Labels = {}, over: Partial<Settlement> = {}) => {
    const r = reservationOf(keyId, { labels })
    await tenant.reserve(r)
    const s = settlementOf(r.job, { images: 2, work: { ...work, labels }, ...over })
    await tenant.settle({ ...s, summary: { ...s.summary, cost: 500_000 } })
    return r
  }
  const today = dayOf(Date.now())
  const read = async (groups: Group[], over: Partial<UsageQuery> = {}) => {
    const page = await tenant.usage({
      from: today - 30,
      to: today + 30,
      livemode: true,
      groups,
      limit: 1000,
      ...over,
    })
    return page!
  }
  /** Requests by the values of the groups. */
  const table = async (groups: Group[]) =>
    (await read(groups)).data.map(({ values, counts }) => [...values, counts.requests])
  return { ...made, draw, read, table, today }
}

describe('a page of usage', () => {
  it('reads no day that other pages show, wherever days come first', async ({ expect }) => {
    const { tenant, today } = await newBooks()
    const KEYS = 40
    const DAYS = [-20, -9, -8, -7, -6, -5, -1, 0]
    await runInDurableObject(tenant, (_, { storage: { sql } }) => {
      const add = (day: number, n: number, livemode = true) => {
        const counted = { livemode, keyId: `k${n}`, model: 'm', labels: undefined }
        count(sql, counted, { requests: 1 }, (today + day) * DAY_MS)
      }
      // Days without a row between them, and one of test keys alone.
      for (const day of DAYS) for (let n = 0; n < KEYS; n++) add(day, n)
      add(-3, 0, false)
      const all = { from: today - 30, to: today, livemode: true, limit: 15 }
      for (const groups of [['day', 'key'], ['day']] as Group[][]) {
        const seen = []
        let after: (string | number)[] | undefined
        for (;;) {
          const read = countReads(sql, (counted) =>
            readUsage(counted, { ...all, groups, ...(after && { after }) }),
          )
          seen.push(...read.result.data.map(({ values }) => values))
          if (groups.length > 1) expect(read.rows).toBeLessThan(4 * KEYS)
          if (!read.result.hasMore) break
          after = seen.at(-1)
        }
        const whole = readUsage(sql, { ...all, groups, limit: 1000 })
        expect(seen).toEqual(whole.data.map(({ values }) => values))
        expect(seen).toHaveLength(groups.length > 1 ? DAYS.length * KEYS : DAYS.length)
      }
    })
  })
})

/** What a question answers, and how many rows SQLite read for it. */
function countReads<T>(sql: SqlStorage, ask: (sql: SqlStorage) => T): { result: T; rows: number } {
  let rows = 0
  const exec: SqlStorage['exec'] = (query, ...bound) => {
    const cursor = sql.exec<never>(query, ...bound)
    return { toArray: () => [cursor.toArray(), (rows += cursor.rowsRead)][0] } as typeof cursor
  }
  return { result: ask({ exec } as SqlStorage), rows }
}

describe('usage', () => {
  it('counts what a job delivered, cost and left unknown, once', async ({ expect }) => {
    const { tenant, keyId, draw, read, today } = await newBooks()
    const { job } = await draw()
    await tenant.settle(settlementOf(job, { work }))
    const { data } = await read(['day', 'key', 'model'])
    expect(data).toMatchObject([
      {
        values: [today, keyId, 'sketch-1'],
        counts: {
          requests: 1,
          reused: 0,
          images: 2,
          charge: 600_000,
          cost: 500_000,
          input_tokens: 30,
          output_tokens: 400,
          possibly_billed: 1,
          unpriced: 0,
        },
      },
    ])
  })

  it('counts what is charged, not what was asked for', async ({ expect }) => {
    vi.spyOn(console, 'log').mockReturnValue()
    const { tenant, draw, read } = await newBooks()
    await draw({}, { charge: 5_000_000 })
    expect((await read([])).data).toMatchObject([{ counts: { charge: 1_000_000 } }])
    expect((await tenant.balance())!.balance).toBe(9_000_000)
  })

  it('counts requests that another job answers, for nothing', async ({ expect }) => {
    const { tenant, keyId, read } = await newBooks()
    const claim = { reuse: [idempotency('k')] }
    const first = reservationOf(keyId, claim)
    await tenant.reserve(first)
    const second = reservationOf(keyId, claim)
    for (let again = 0; again < 3; again++) await tenant.reserve(second)
    await tenant.settle(settlementOf(first.job))
    const { data } = await read([])
    expect(data).toMatchObject([{ counts: { requests: 2, reused: 1, charge: 600_000 } }])
  })

  it('counts images without a price apart', async ({ expect }) => {
    const { tenant, keyId } = await newTenant({ balance: null })
    const r = reservationOf(keyId, { amount: null })
    await tenant.reserve(r)
    const s = settlementOf(r.job, { charge: 0, images: 2, work })
    await tenant.settle({ ...s, summary: { ...s.summary, charge: null } })
    const day = dayOf(Date.now())
    const query = { from: day - 1, to: day, livemode: true, groups: [], limit: 1 }
    const page = await tenant.usage(query)
    expect(page!.data).toMatchObject([{ counts: { charge: 0, unpriced: 1, images: 2 } }])
    expect((await tenant.list({ livemode: true, limit: 1 }))!.data[0]!.charge).toBeNull()
  })

  it('is told apart by user and by the metadata that the tenant chose', async ({ expect }) => {
    const { draw, table } = await newBooks(['team', 'constructor'])
    await draw({ user: 'ada', team: 'red', secret: 'x' })
    await draw({ user: 'bob', team: 'red' })
    await draw({ user: '', team: 'blue' })
    await draw()
    expect(await table(['tag:team'])).toEqual([
      ['', 1],
      ['blue', 1],
      ['red', 2],
    ])
    expect(await table(['tag'])).toEqual([
      ['', '', '', 1],
      ['', 'blue', '', 1],
      ['ada', 'red', '', 1],
      ['bob', 'red', '', 1],
    ])
    expect(await table(['tag:secret'])).toEqual([['', 4]])
    expect(await table(['tag:constructor'])).toEqual([['', 4]])
  })

  it('keeps live and test keys apart', async ({ expect }) => {
    const { tenant, read } = await newBooks()
    const test = await tenant.createKey({ name: 'test', livemode: false })
    const r = reservationOf(test!.id, { livemode: false })
    await tenant.reserve(r)
    await tenant.settle({ ...settlementOf(r.job, { charge: 0 }), summary: r.summary })
    expect((await read(['key'])).data).toEqual([])
    expect((await read(['key'], { livemode: false })).data).toHaveLength(1)
  })

  it('counts by day in UTC, and gives the days that were asked for', async ({ expect }) => {
    const { draw, read, today } = await newBooks()
    vi.useFakeTimers({ toFake: ['Date'] })
    for (const at of [today * DAY_MS - 1, today * DAY_MS, (today + 1) * DAY_MS - 1]) {
      vi.setSystemTime(at)
      await draw()
    }
    const days = async (from: number, to: number) =>
      (await read(['day'], { from, to })).data.map(({ values, counts }) => [
        values[0],
        counts.requests,
      ])
    expect(await days(today - 1, today)).toEqual([
      [today - 1, 1],
      [today, 2],
    ])
    expect(await days(today, today + 5)).toEqual([[today, 2]])
    expect(await days(today + 1, today + 5)).toEqual([])
  })

  it('comes in pages that neither skip nor repeat, while jobs end between them', async ({
    expect,
  }) => {
    const { draw, read } = await newBooks(['team'])
    const teams = Array.from({ length: 25 }, (_, n) => `team ${n % 12} of "${n}"`)
    for (const team of teams) await draw({ team, user: team.slice(0, 6) }, { charge: 0 })
    const seen: string[] = []
    let after: UsageQuery['after']
    for (;;) {
      const page = await read(['tag:user', 'day', 'tag:team'], {
        limit: 4,
        ...(after && { after }),
      })
      seen.push(...page.data.map(({ values }) => String(values[2])))
      if (!page.hasMore) break
      after = page.data.at(-1)!.values
      await draw({ team: 'aaa', user: 'aaa' }, { charge: 0 })
    }
    expect(seen.toSorted()).toEqual(teams.toSorted())
  })

  it('stays exact and small on a day with more keys and tags than it keeps', async ({ expect }) => {
    const { tenant, read, keyId } = await newBooks(['team'])
    await runInDurableObject(tenant, (_, { storage }) => {
      for (let n = 0; n < 100; n++) {
        const labels = { user: `u${n % 50}`, ...(n % 2 === 0 && { team: 'x'.repeat(n) }) }
        const counted = { livemode: true, keyId: n < 90 ? keyId : `k${n}`, model: 'm', labels }
        count(storage.sql, counted, { requests: 1, charge: n }, Date.now(), 10)
      }
    })
    const { data } = await read(['key', 'tag'])
    expect(data).toHaveLength(12)
    expect(
      data.filter(({ values }) => values[0] === '(other)').map(({ values }) => values),
    ).toEqual([
      ['(other)', '(other)', ''],
      ['(other)', '(other)', '(other)'],
    ])
    expect((await read(['model'])).data).toMatchObject([
      { values: ['m'], counts: { requests: 100, charge: 4950 } },
    ])
  })

  it('begins for a tenant of older rows, whose ledger then knows its balances', async ({
    expect,
  }) => {
    const tenant = env.TENANTS.getByName(newTenantId())
    await runInDurableObject(tenant, (_, { storage }) => {
      createTables(storage, TENANT_STEPS.slice(0, 2))
      storage.sql.exec(
        `INSERT INTO tenant (id, created_at, balance, settings) VALUES ('t', 0, 70, '{"settings":{}}')`,
      )
      for (const [kind, amount] of [
        ['opening', 100],
        ['charge', -30],
      ] as const)
        storage.sql.exec(
          'INSERT INTO ledger (at, kind, amount, reference) VALUES (0, ?, ?, 0)',
          kind,
          amount,
        )
    })
    const { data } = (await tenant.ledger({ limit: 10 }))!
    expect(data.map(({ balance }) => balance)).toEqual([70, 100])
    const query = { from: 0, to: 99_999, livemode: true, groups: ['tag' as const], limit: 10 }
    expect(await tenant.usage(query)).toMatchObject({ groups: ['tag:user'], data: [] })
    expect(await tenant.read()).toMatchObject({ usageTags: [] })
  })

  it('of a tenant that has done nothing is 0', async ({ expect }) => {
    const { draw, read } = await newBooks()
    expect((await read([])).data).toMatchObject([{ counts: { requests: 0, charge: 0 } }])
    await draw()
    expect((await read([])).data).toMatchObject([{ counts: { requests: 1 } }])
  })
})
