import { abortAllDurableObjects, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, it } from 'vitest'
import { type Clock, newBudget, OWNER_BYTES, TOKEN_MS } from '../../src/images/budget.ts'

/** A minute passes in a second. */
const FASTER = 60
const clock: Clock = {
  now: () => Date.now() * FASTER,
  sleep: (ms) => scheduler.wait(ms / FASTER),
}
const inObject = <T>(run: () => Promise<T>): Promise<T> =>
  runInDurableObject(env.JOBS.getByName(crypto.randomUUID()), run)

describe('memory that one object waits for', () => {
  afterEach(() => reset())

  it('comes as soon as another one is done with it', async ({ expect }) => {
    const budget = newBudget(clock)
    const take = () => budget.take(OWNER_BYTES, {}, Infinity)
    const [first] = await Promise.all([1, 2, 3].map(() => inObject(take)))
    const next = inObject(take)
    await inObject(async () => first!.release())
    expect(await next).not.toBeNull()
  })

  it('comes when the one that had it was aborted', async ({ expect }) => {
    const budget = newBudget(clock)
    const take = () => budget.take(OWNER_BYTES, {}, Infinity)
    let finished = 0
    const holders = [1, 2, 3].map(() =>
      inObject(async () => {
        const token = await take()
        try {
          await scheduler.wait(60_000)
        } finally {
          finished += 1
          token!.release()
        }
      }).catch(() => {}),
    )
    await scheduler.wait(50)
    const aborted = clock.now()
    await abortAllDurableObjects()
    expect(await inObject(take)).not.toBeNull()
    expect(clock.now() - aborted).toBeLessThan(2 * TOKEN_MS)
    expect(finished).toBe(0)
    await Promise.all(holders)
  })
})
