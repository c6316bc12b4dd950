import fc from 'fast-check'
import { describe, it } from 'vitest'
import {
  BUDGET_BYTES,
  type Clock,
  newBudget,
  OWNER_BYTES,
  type Token,
  TOKEN_MS,
  WAIT_MS,
} from '../../src/images/budget.ts'

const MiB = 1024 * 1024

/** Lets everything that is ready run; there is no real waiting in a budget. */
async function settle() {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

/** A clock that stands still until it is moved. */
function newClock() {
  let now = 1_000_000
  const timers = new Map<object, { at: number; wake: () => void }>()
  const clock: Clock = {
    now: () => now,
    sleep: (ms) => new Promise((wake) => timers.set({}, { at: now + ms, wake })),
  }
  const advance = async (ms: number) => {
    for (const end = now + ms; now < end;) {
      now = Math.min(end, now + 50)
      for (const [timer, { at, wake }] of timers) {
        if (at > now) continue
        timers.delete(timer)
        wake()
      }
      await settle()
    }
  }
  return { clock, advance }
}

const later = (clock: Clock) => clock.now() + 600_000

/** A clock of which, after `kill`, whoever sleeps never wakes up. */
function mortalClock(clock: Clock) {
  let generation = 0
  const mortal: Clock = {
    now: () => clock.now(),
    async sleep(ms) {
      const born = generation
      await clock.sleep(ms)
      if (born !== generation) await new Promise(() => {})
    },
  }
  return { mortal, kill: () => (generation += 1) }
}

/** What a call came to, without waiting for it. */
function watch(taking: Promise<Token | null>) {
  const seen: { token?: Token | null } = {}
  void taking.then((token) => (seen.token = token))
  return seen
}

describe('memory for images', () => {
  it('is enough for two of the largest at once; the third waits for its turn', async ({
    expect,
  }) => {
    const { clock, advance } = newClock()
    const budget = newBudget(clock)
    const take = () => budget.take(OWNER_BYTES, {}, later(clock))
    const [first] = [await take(), await take()]
    const third = watch(take())
    await advance(1000)
    expect(third).toEqual({})
    first!.release()
    await advance(50)
    expect(third.token).toBeTruthy()
  })

  it('is given back 30 s after a holder was aborted without a word', async ({ expect }) => {
    const { clock, advance } = newClock()
    const budget = newBudget(clock)
    for (let i = 0; i < 2; i++) await budget.take(OWNER_BYTES, {}, later(clock))
    const next = watch(budget.take(OWNER_BYTES, {}, later(clock)))
    await advance(TOKEN_MS - 1000)
    expect(next).toEqual({})
    await advance(2000)
    expect(next.token).toBeTruthy()
  })

  it('stays with a slow holder that gives a sign of life', async ({ expect }) => {
    const { clock, advance } = newClock()
    const budget = newBudget(clock)
    const tokens = [1, 2].map(() => budget.take(OWNER_BYTES, {}, later(clock)))
    const next = watch(budget.take(OWNER_BYTES, {}, later(clock)))
    for (let i = 0; i < 5; i++) {
      await advance(TOKEN_MS / 3)
      for (const token of tokens) (await token)!.touch()
    }
    expect(next).toEqual({})
  })

  it('is no longer waited for after the deadline', async ({ expect }) => {
    const { clock, advance } = newClock()
    const budget = newBudget(clock)
    const held = [1, 2].map(() => budget.take(OWNER_BYTES, {}, later(clock)))
    const next = watch(budget.take(OWNER_BYTES, {}, clock.now() + WAIT_MS))
    for (let ms = 0; ms < WAIT_MS; ms += 1000) {
      expect(next).toEqual({})
      for (const token of held) (await token)!.touch()
      await advance(1000)
    }
    expect(next).toEqual({ token: null })
  })

  it('goes to a small image while there is some, past a large one that waits for more', async ({
    expect,
  }) => {
    const { clock, advance } = newClock()
    const budget = newBudget(clock)
    const take = (bytes: number) => watch(budget.take(bytes, {}, later(clock)))
    const [first] = [1, 2].map(() => take(OWNER_BYTES))
    const large = take(OWNER_BYTES)
    const [small, middle] = [take(MiB), take(2 * MiB)]
    await advance(50)
    expect(small.token).toBeTruthy()
    expect([large, middle]).toEqual([{}, {}])
    first!.token!.release()
    await advance(50)
    expect(large.token).toBeTruthy()
    expect(middle.token).toBeTruthy()
  })

  it('is no longer waited for, nor kept from others, once nobody wants the image', async ({
    expect,
  }) => {
    const { clock, advance } = newClock()
    const budget = newBudget(clock)
    const wish = new AbortController()
    const held = [1, 2].map(() => budget.take(OWNER_BYTES, {}, later(clock)))
    const unwanted = watch(budget.take(OWNER_BYTES, {}, later(clock), wish.signal))
    const next = watch(budget.take(2 * MiB, {}, later(clock)))
    await advance(1000)
    expect([unwanted, next]).toEqual([{}, {}])
    wish.abort()
    await advance(100)
    expect(unwanted).toEqual({ token: null })
    expect(next.token).toBeTruthy()
    for (const token of held) (await token)!.release()
  })

  it('is not kept from others by those who were aborted while they waited', async ({ expect }) => {
    const { clock, advance } = newClock()
    const { mortal, kill } = mortalClock(clock)
    const budget = newBudget(mortal)
    const held = [1, 2].map(() => budget.take(OWNER_BYTES, {}, later(clock)))
    const aborted = [1, 2, 3].map(() => watch(budget.take(OWNER_BYTES, {}, later(clock))))
    await advance(1000)
    kill()
    const next = watch(budget.take(OWNER_BYTES, {}, later(clock)))
    await advance(5000)
    for (const token of held) (await token)!.release()
    await advance(50)
    expect(next.token).toBeTruthy()
    expect(aborted).toEqual([{}, {}, {}])
  })

  it('is given back 30 s after a holder was aborted while it waited for more', async ({
    expect,
  }) => {
    const { clock, advance } = newClock()
    const { mortal, kill } = mortalClock(clock)
    const budget = newBudget(mortal)
    const owners = [{}, {}]
    await budget.take(OWNER_BYTES, {}, later(clock))
    for (const owner of owners) await budget.take(OWNER_BYTES / 2, owner, later(clock))
    for (const owner of owners) void budget.take(OWNER_BYTES, owner, later(clock))
    kill()
    const next = watch(budget.take(OWNER_BYTES, {}, later(clock)))
    await advance(TOKEN_MS - 1000)
    expect(next).toEqual({})
    await advance(2000)
    expect(next.token).toBeTruthy()
  })

  it('comes to a waiter that could not look for a while, too', async ({ expect }) => {
    const { clock, advance } = newClock()
    let lateMs = 6000
    const busy: Clock = { now: () => clock.now(), sleep: (ms) => clock.sleep(ms + lateMs) }
    const budget = newBudget(busy)
    const held = [1, 2].map(() => budget.take(OWNER_BYTES, {}, later(clock)))
    const late = watch(budget.take(OWNER_BYTES, {}, later(clock)))
    lateMs = 0
    watch(budget.take(OWNER_BYTES, {}, clock.now() + 5500))
    await advance(6500)
    for (const token of held) (await token)!.release()
    await advance(50)
    expect(late.token).toBeTruthy()
  })

  it('never runs out for all at once, however many images grow beside each other', async ({
    expect,
  }) => {
    const image = fc.record({ size: fc.integer({ min: 1, max: 16 }), isKnown: fc.boolean() })
    const images = fc.array(image, { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(images, async (all) => {
        const { clock, advance } = newClock()
        const budget = newBudget(clock)
        let held = 0
        let most = 0
        /** Doubles up to its size, or takes it at once where it is known, as a buffer does, and goes. */
        const grow = async ({ size, isKnown }: { size: number; isKnown: boolean }) => {
          const owner = {}
          let token: Token | null = null
          let own = 0
          for (let step = isKnown ? size * MiB : MiB; own < size * MiB; step = own) {
            token = await budget.take(step, owner, later(clock))
            if (!token) return false
            own += step
            held += step
            most = Math.max(most, held)
            await Promise.resolve()
          }
          held -= own
          token?.release()
          return true
        }
        const grown = all.map(grow)
        await advance(15_000)
        expect(await Promise.all(grown)).toEqual(all.map(() => true))
        expect(most).toBeLessThanOrEqual(BUDGET_BYTES)
        expect(held).toBe(0)
      }),
      { numRuns: 100 },
    )
  })
})
