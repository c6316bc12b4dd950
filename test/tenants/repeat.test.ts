import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import { client, repeat, reservationOf, told } from './tenant.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

const MINUTE_MS = 60_000
const later = (ms: number) => vi.setSystemTime(Date.now() + ms)

describe('a repeat without a key', () => {
  it('of count 0 is a new wish, however equal', async ({ expect }) => {
    const { ask } = await client()
    for (const { job, answer } of [await ask([repeat(0)]), await ask([repeat(0)])])
      expect(answer).toBe(job)
  })

  it('joins the newest equal request that no other repeat has joined', async ({ expect }) => {
    const { ask } = await client()
    const [older, newer] = [await ask([repeat(0)]), await ask([repeat(0)])]
    expect((await ask([repeat(1)])).answer).toBe(`repeat ${newer.job}`)
    expect((await ask([repeat(1)])).answer).toBe(`repeat ${older.job}`)
    expect((await ask([repeat(2)])).answer).toBe(`repeat ${newer.job}`)
  })

  it('starts no second job while one lives, though all were joined', async ({ expect }) => {
    const { ask, end } = await client()
    const [living, ended] = [await ask([repeat(0)]), await ask([repeat(0)])]
    await end(ended.job)
    await ask([repeat(1)])
    await ask([repeat(1)])
    expect((await ask([repeat(1)])).answer).toBe(`repeat ${living.job}`)
    await end(living.job)
    const next = await ask([repeat(1)])
    expect(next.answer).toBe(next.job)
  })

  it('that came before the request itself, whose creator died, is joined by it: one is paid', async ({
    expect,
  }) => {
    const { ask } = await client()
    const lost = reservationOf('unused')
    later(MINUTE_MS)
    const second = await ask([repeat(1)])
    expect(second.answer).toBe(second.job)
    const { job, summary } = lost
    const first = await ask([repeat(0)], { job, summary, again: true })
    expect(first.answer).toBe(`repeat ${second.job}`)
  })

  it('is not joined by a request that came after it', async ({ expect }) => {
    const { ask } = await client()
    await ask([repeat(1)])
    later(MINUTE_MS)
    const next = await ask([repeat(0)], { again: true })
    expect(next.answer).toBe(next.job)
  })

  it('that started a job is found by the repeat after it only', async ({ expect }) => {
    const { ask, end } = await client()
    const first = await ask([repeat(1)])
    expect(first.answer).toBe(first.job)
    await end(first.job)
    const second = await ask([repeat(1)])
    expect(second.answer).toBe(second.job)
    await end(second.job)
    expect((await ask([repeat(2)])).answer).toBe(`repeat ${second.job}`)
    expect((await ask([repeat(2)])).answer).toBe(`repeat ${first.job}`)
  })

  it('joins what has ended for 15 minutes, and what still runs for longer', async ({ expect }) => {
    const { ask, end } = await client()
    const first = await ask([repeat(0)])
    await end(first.job)
    later(15 * MINUTE_MS)
    const second = await ask([repeat(1)])
    expect(second.answer).toBe(second.job)
    later(20 * MINUTE_MS)
    expect((await ask([repeat(1)])).answer).toBe(`repeat ${second.job}`)
  })

  it('joins neither another request nor that of another API key', async ({ expect }) => {
    const { ask, tenant } = await client()
    const phone = await tenant.createKey({ name: 'phone', livemode: true })
    await ask([repeat(0, 'a cat')])
    const dog = await ask([repeat(1, 'a dog')])
    expect(dog.answer).toBe(dog.job)
    const other = await ask([repeat(1, 'a cat')], { keyId: phone!.id })
    expect(other.answer).toBe(other.job)
  })

  it('does not find a job after which the same request may be sent again', async ({ expect }) => {
    const { ask, end } = await client()
    const busy = await ask([repeat(0)])
    await end(busy.job, { reusable: false, repeatable: true })
    const next = await ask([repeat(1)])
    expect(next.answer).toBe(next.job)
  })

  it('finds a job that failed for good, and so its failure', async ({ expect }) => {
    const { ask, end } = await client()
    const failed = await ask([repeat(0)])
    await end(failed.job, { reusable: false, repeatable: false })
    expect((await ask([repeat(1)])).answer).toBe(`repeat ${failed.job}`)
  })

  it('gets the same job when it asks again, and uses up no second one', async ({ expect }) => {
    const { tenant, keyId, ask, end } = await client()
    const first = await ask([repeat(0)])
    await end(first.job)
    const asked = reservationOf(keyId, { reuse: [repeat(1)] })
    const answers = [await tenant.reserve(asked), await tenant.reserve(asked)]
    expect(answers.map((answer) => told(answer, asked.job))).toEqual([
      `repeat ${first.job}`,
      `repeat ${first.job}`,
    ])
    const { data } = (await tenant.ledger({ limit: 10 }))!
    expect(data.filter(({ kind }) => kind === 'reuse')).toHaveLength(1)
  })
})

describe('after an answer of 504', () => {
  it('an equal request of the same key joins for 10 minutes, whatever its count', async ({
    expect,
  }) => {
    const { ask, tenant } = await client()
    const first = await ask([repeat(0)])
    await tenant.late(first.job)
    later(10 * MINUTE_MS - 1)
    for (const count of [0, 0, 1, 5])
      expect((await ask([repeat(count)])).answer).toBe(`late ${first.job}`)
    await tenant.late(first.job)
    later(10 * MINUTE_MS - 1)
    expect((await ask([repeat(0)])).answer).toBe(`late ${first.job}`)
    later(1)
    const next = await ask([repeat(0)])
    expect(next.answer).toBe(next.job)
  })

  it('another request, and one of another key, is a new one', async ({ expect }) => {
    const { ask, tenant } = await client()
    const phone = await tenant.createKey({ name: 'phone', livemode: true })
    await tenant.late((await ask([repeat(0, 'a cat')])).job)
    const dog = await ask([repeat(0, 'a dog')])
    expect(dog.answer).toBe(dog.job)
    const other = await ask([repeat(0, 'a cat')], { keyId: phone!.id })
    expect(other.answer).toBe(other.job)
  })

  it('nothing is joined once the job failed in a way that a new try may mend', async ({
    expect,
  }) => {
    const { ask, end, tenant } = await client()
    const first = await ask([repeat(0)])
    await tenant.late(first.job)
    await end(first.job, { reusable: false, repeatable: true })
    await tenant.late(first.job)
    const next = await ask([repeat(0)])
    expect(next.answer).toBe(next.job)
  })
})
