import fc from 'fast-check'
import { describe, it } from 'vitest'
import { digestOf, newKey, newTenantId, parseKey } from '../../src/tenants/key.ts'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

describe('an API key', () => {
  it('is read back as the tenant, key and mode that it was made for', async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[0-9A-Za-z]{10}$/),
        fc.boolean(),
        async (tenant, live) => {
          const key = await newKey(tenant, live)
          const parsed = parseKey(key.text)!
          expect(parsed).toMatchObject({ tenant, keyId: key.id, livemode: live })
          expect(await digestOf(parsed.secret)).toEqual(key.secretDigest)
          expect(key.text.startsWith(`dr_${live ? 'live' : 'test'}_${tenant}`)).toBe(true)
          expect(key.text.endsWith(key.last4)).toBe(true)
        },
      ),
    )
  })

  it('is not stored with its secret: the record holds a digest of 32 bytes', async ({ expect }) => {
    const key = await newKey(newTenantId(), true)
    expect(key.secretDigest.byteLength).toBe(32)
    const known = await digestOf('abc')
    expect(known.toHex()).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  it('keeps its checksum from release to release', ({ expect }) => {
    const head = `dr_live_0123456789abcdef_${'0'.repeat(32)}`
    const accepted = ['0ythNz', '000000'].map((crc) => parseKey(head + crc) !== null)
    expect(accepted).toEqual([true, false])
  })

  it('is refused when any one character was changed', async ({ expect }) => {
    const { text } = await newKey(newTenantId(), true)
    const accepted = []
    for (let at = 0; at < text.length; at++)
      for (const other of `${BASE62}_- `) {
        const changed = text.slice(0, at) + other + text.slice(at + 1)
        if (changed !== text && parseKey(changed)) accepted.push(changed)
      }
    expect(accepted).toEqual([])
  })

  it('is refused in 10,000 random mutations of it', async ({ expect }) => {
    const { text } = await newKey(newTenantId(), false)
    const place = fc.nat({ max: text.length })
    const insert = fc.oneof(fc.stringMatching(/^[0-9A-Za-z]{0,4}$/), fc.string({ maxLength: 4 }))
    const mutation = fc.array(fc.tuple(place, fc.nat({ max: 4 }), insert), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(mutation, (cuts) => {
        const changed = cuts.reduce(
          (now, [at, gone, put]) => now.slice(0, at) + put + now.slice(at + gone),
          text,
        )
        fc.pre(changed !== text)
        expect(parseKey(changed)).toBeNull()
      }),
      { numRuns: 10_000 },
    )
  })

  it.for(['', 'sk-proj-abc', 'dr_live_', 'dr_prod_', `dr_live_${'0'.repeat(55)}`])(
    'is refused: %s',
    (text, { expect }) => {
      expect(parseKey(text)).toBeNull()
    },
  )

  it('is drawn evenly from all 62 characters', async ({ expect }) => {
    const counts = new Map<string, number>()
    for (let drawn = 0; drawn < 1000; drawn++) {
      const [, , , secret = ''] = (await newKey('0aaaaaaaaa', true)).text.split('_')
      for (const letter of secret.slice(0, 32)) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    }
    const expected = 32_000 / 62
    // 62 draws stay within 6 standard deviations (23) of their mean but once in ten million runs.
    const far = [...counts].filter(([, count]) => Math.abs(count - expected) > 6 * 23)
    expect([...counts.keys()].toSorted().join('')).toBe(BASE62)
    expect(far).toEqual([])
  })
})

describe('a tenant id', () => {
  it('says its place in the first of ten characters', ({ expect }) => {
    expect(newTenantId()).toMatch(/^0[0-9A-Za-z]{9}$/)
    expect(newTenantId('E')).toMatch(/^E[0-9A-Za-z]{9}$/)
    expect(newTenantId()).not.toBe(newTenantId())
  })
})
