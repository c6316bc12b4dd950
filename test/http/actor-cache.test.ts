import { describe, it } from 'vitest'
import type { Actor } from '../../src/core/tenant.ts'
import { ActorCache } from '../../src/http/actor-cache.ts'

const actor: Actor = {
  tenant: '0aaaaaaaaa',
  keyId: '0aaaaaaaaabbbbbb',
  livemode: true,
  scopes: [],
  models: null,
  metered: false,
  multiplier: 1,
  responseFormat: null,
  retentionSeconds: null,
}
const [RIGHT, WRONG] = [new Uint8Array(32), new Uint8Array(32).fill(1)]
const NOW = 1_800_000_000_000

/** What is known of a key that was looked up at `NOW`, so many ms later. */
const later = (looked: Actor | null, digest: Uint8Array<ArrayBuffer>, ms: number) => {
  const cache = new ActorCache()
  cache.set(actor.keyId, digest, looked, NOW)
  return cache.get(actor.keyId, digest, NOW + ms)
}

describe('a key that was looked up', () => {
  it('is remembered for less than 30 s, and no longer than it is valid', ({ expect }) => {
    expect([later(actor, RIGHT, 29_999), later(actor, RIGHT, 30_000)]).toEqual([actor, undefined])
    const short = { ...actor, expiresAt: NOW + 7000 }
    expect([later(short, RIGHT, 6999), later(short, RIGHT, 7000)]).toEqual([short, undefined])
  })

  it('is refused for less than 5 s where it was wrong, which says nothing of the right one', ({
    expect,
  }) => {
    expect([later(null, WRONG, 4999), later(null, WRONG, 5000)]).toEqual([null, undefined])
    const cache = new ActorCache()
    cache.set(actor.keyId, RIGHT, actor, NOW)
    cache.set(actor.keyId, WRONG, null, NOW)
    expect(cache.get(actor.keyId, RIGHT, NOW)).toBe(actor)
    expect(cache.get(actor.keyId, WRONG, NOW)).toBeNull()
  })

  it('is forgotten behind 10,000 others, and wrong ones push out no right one', ({ expect }) => {
    const cache = new ActorCache()
    cache.set('first', RIGHT, actor, NOW)
    for (let n = 0; n < 10_001; n++) cache.set(`wrong ${n}`, WRONG, null, NOW)
    expect(cache.get('first', RIGHT, NOW)).toBe(actor)
    expect(cache.get('wrong 0', WRONG, NOW)).toBeUndefined()
    for (let n = 0; n < 10_000; n++) cache.set(`right ${n}`, RIGHT, actor, NOW)
    expect(cache.get('first', RIGHT, NOW)).toBeUndefined()
  })
})
