import fc from 'fast-check'
import { describe, it } from 'vitest'
import { isPublicAddress } from '../../src/outbound/address.ts'
import { INWARD_NAMES, SPECIAL_ENDS } from '../../src/outbound/host-name.ts'
import { checkTenantUrl } from '../../src/outbound/tenant-url.ts'
import { ACCEPTED, REFUSED } from './refused-urls.ts'

const rules = { allowPrivate: false }
const local = { allowPrivate: true }

describe('a URL that a tenant sends', () => {
  it.for(REFUSED)('is refused: %s (%s)', ([, text], { expect }) => {
    const checked = checkTenantUrl(text, rules)
    expect(checked.ok).toBe(false)
    // A sentence of ours, nothing of the address.
    if (!checked.ok) expect(checked.reason).toMatch(/^(The|This) [\w ,:/]+\.$/)
  })

  it.for([...SPECIAL_ENDS, ...INWARD_NAMES])(
    'whose host ends in %s is one of those above',
    (end, { expect }) => {
      const hosts = REFUSED.flatMap(([, text]) => URL.parse(text)?.hostname ?? [])
      expect(hosts.filter((host) => host === end || host.endsWith(`.${end}`))).not.toEqual([])
    },
  )

  it('is refused in at least 60 ways, each told once', ({ expect }) => {
    expect(new Set(REFUSED.map(([, url]) => url)).size).toBe(REFUSED.length)
    expect(new Set(REFUSED.map(([trick]) => trick)).size).toBe(REFUSED.length)
    expect(REFUSED.length).toBeGreaterThanOrEqual(60)
  })

  it.for(ACCEPTED)('is accepted: %s (%s)', ([, text], { expect }) => {
    expect(checkTenantUrl(text, rules)).toEqual({ ok: true, url: new URL(text) })
  })

  it.for(['http://localhost:8787/i/1.png', 'http://10.0.0.5/', 'https://[::1]:9000/'])(
    '%s is accepted in local development only',
    (text, { expect }) => {
      expect(checkTenantUrl(text, rules).ok).toBe(false)
      expect(checkTenantUrl(text, local).ok).toBe(true)
    },
  )

  it.for(['file:///etc/passwd', 'data:text/plain,x', 'http://user:pass@localhost/', 'x'])(
    '%s is refused in local development, too',
    (text, { expect }) => {
      expect(checkTenantUrl(text, local).ok).toBe(false)
    },
  )

  it('is never an exception, whatever it is', ({ expect }) => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl()), (text) => {
        expect(typeof checkTenantUrl(text, rules).ok).toBe('boolean')
      }),
    )
  })
})

const octet = fc.nat(255)
const u32 = ([a, b, c, d]: number[]): number => ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0

/** Addresses of the ranges that matter most. */
const privateV4 = fc.oneof(
  fc.tuple(fc.constantFrom(0, 10, 127, 224, 239, 240, 255), octet, octet, octet),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
  fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
  fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
  fc.tuple(fc.constant(198), fc.constantFrom(18, 19), octet, octet),
)

/** Ways to write the same address. */
const spellings: ((octets: number[]) => string)[] = [
  (octets) => octets.join('.'),
  (octets) => `${u32(octets)}`,
  (octets) => `0x${u32(octets).toString(16)}`,
  (octets) => `0${u32(octets).toString(8)}`,
  ([a, b, c, d]) => `0x${a!.toString(16)}.${b}.${(c! << 8) | d!}`,
  ([a, ...rest]) => `0${a!.toString(8)}.${rest.join('.')}`,
  ([a, b, c, d]) => `${a}.${((b! << 16) | (c! << 8) | d!) >>> 0}`,
  (octets) =>
    octets
      .join('.')
      .replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
      .replaceAll('.', '。'),
  (octets) => `[::ffff:${octets.join('.')}]`,
  (octets) => `[64:ff9b::${octets.join('.')}]`,
  (octets) =>
    `[2002:${(u32(octets) >>> 16).toString(16)}:${(u32(octets) & 0xffff).toString(16)}::]`,
  (octets) =>
    `[0:0:0:0:0:FFFF:${(u32(octets) >>> 16).toString(16)}:${(u32(octets) & 0xffff).toString(16)}]`,
]

describe('a private address', () => {
  it('is refused in every spelling', ({ expect }) => {
    fc.assert(
      fc.property(privateV4, fc.constantFrom(...spellings), (octets, spell) => {
        expect(checkTenantUrl(`https://${spell(octets)}/`, rules).ok).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  it('of IPv6 is refused outside 2000::/3, whatever its groups', ({ expect }) => {
    const group = fc.nat(0xffff)
    const outside = group.filter((first) => first >> 13 !== 1)
    fc.assert(
      fc.property(outside, fc.array(group, { minLength: 7, maxLength: 7 }), (first, rest) => {
        const text = [first, ...rest].map((part) => part.toString(16)).join(':')
        expect(isPublicAddress(new URL(`https://[${text}]/`).hostname)).toBe(false)
      }),
    )
  })

  it('is told from a public one by its whole prefix', ({ expect }) => {
    const first = fc
      .integer({ min: 1, max: 223 })
      .filter((a) => ![10, 100, 127, 168, 169, 172, 192, 198, 203].includes(a))
    fc.assert(
      fc.property(fc.tuple(first, octet, octet, octet), (octets) => {
        expect(checkTenantUrl(`https://${u32(octets)}/`, rules).ok).toBe(true)
      }),
    )
  })
})
