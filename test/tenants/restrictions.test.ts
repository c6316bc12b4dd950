import fc from 'fast-check'
import { describe, it } from 'vitest'
import { isInRange, parseAddress, parseRange } from '../../src/core/ip.ts'
import { isOrigin, isRange, refusalOf } from '../../src/tenants/restrictions.ts'

/** An IPv4 address from its number. */
const dotted = (n: number) => [24, 16, 8, 0].map((by) => (n >>> by) & 255).join('.')

const isIn = (address: string, range: string): boolean =>
  isInRange(parseAddress(address)!, parseRange(range)!)

describe('an IP range', () => {
  it.for([
    ['10.1.2.3', '10.0.0.0/8'],
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7', '203.0.113.7/32'],
    ['198.51.100.1', '0.0.0.0/0'],
    ['2001:db8::1', '2001:db8::/32'],
    ['2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db8::/32'],
    ['::1', '::/0'],
    ['::ffff:203.0.113.7', '203.0.113.0/24'],
    ['::ffff:cb00:7107', '203.0.113.0/24'],
    ['203.0.113.7', '::ffff:203.0.113.0/120'],
  ] as const)('holds %s in %s', ([address, range], { expect }) => {
    expect(isIn(address, range)).toBe(true)
  })

  it.for([
    ['11.0.0.0', '10.0.0.0/8'],
    ['9.255.255.255', '10.0.0.0/8'],
    ['2001:db9::', '2001:db8::/32'],
    ['203.0.113.7', '::/0'],
    ['2001:db8::1', '0.0.0.0/0'],
  ] as const)('does not hold %s in %s', ([address, range], { expect }) => {
    expect(isIn(address, range)).toBe(false)
  })

  it.for([
    '',
    'localhost',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '0x0a.0.0.1',
    '167772161',
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    ' 10.0.0.0/8',
    '2001:db8::1/32',
    '2001:db8::/129',
    '2001:db8:::/32',
    'fe80::1%eth0',
    '[::1]',
    '1:2:3:4:5:6:7:8:9',
    '::ffff:203.0.113.0/24',
    '*',
  ])('is refused when it is written as "%s"', (text, { expect }) => {
    expect(isRange(text)).toBe(false)
  })

  it('holds the addresses that share its prefix, and no others', ({ expect }) => {
    const v4 = fc.nat(0xffff_ffff)
    fc.assert(
      fc.property(v4, v4, fc.integer({ min: 0, max: 32 }), (start, other, bits) => {
        const mask = bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0
        const range = `${dotted((start & mask) >>> 0)}/${bits}`
        expect(isIn(dotted(other), range)).toBe((start & mask) >>> 0 === (other & mask) >>> 0)
        expect(isIn(`::ffff:${dotted(other)}`, range)).toBe(isIn(dotted(other), range))
      }),
    )
  })

  it('is never an exception, whatever it is', ({ expect }) => {
    const piece = fc.constantFrom(':', '::', '.', '/', '1', 'ffff', '255', '%', '[', ']', 'g', ' ')
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join('')),
        (written) => {
          expect(typeof isRange(written)).toBe('boolean')
        },
      ),
    )
  })
})

describe('an origin', () => {
  it.for([
    'https://app.example.com',
    'https://app.example.com:8443',
    'http://localhost:3000',
    'http://[::1]:3000',
    'capacitor://localhost',
    'chrome-extension://abcdefghijklmnop',
  ])('may be %s', (text, { expect }) => {
    expect(isOrigin(text)).toBe(true)
  })

  it.for([
    'null',
    '*',
    'https://*.example.com/',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://APP.example.com',
    'https://app.example.com:443',
    'https://user@app.example.com',
    'app.example.com',
    'javascript:alert(1)',
  ])('is refused when it is written as %s', (text, { expect }) => {
    expect(isOrigin(text)).toBe(false)
  })
})

describe('a key with restrictions', () => {
  const cidrs = ['203.0.113.0/24']
  const origins = ['https://app.example.com']
  const inside = '203.0.113.9'
  const app = 'https://app.example.com'

  it.for([
    // [ranges, origins, address, Origin, may it be used]
    [null, null, null, null, true],
    [cidrs, null, inside, null, true],
    [cidrs, null, inside, 'https://evil.example', true],
    [cidrs, null, '198.51.100.1', null, false],
    [cidrs, null, null, null, false],
    [cidrs, null, 'not an address', null, false],
    [null, origins, inside, app, true],
    [null, origins, inside, 'https://app.example.com.evil.example', false],
    [null, origins, inside, 'null', false],
    [null, origins, inside, null, false],
    [cidrs, origins, inside, null, true],
    [cidrs, origins, inside, app, true],
    [cidrs, origins, inside, 'https://evil.example', false],
    [cidrs, origins, '198.51.100.1', app, false],
  ] as const)('%j %j, asked from %s with Origin %s: %s', (row, { expect }) => {
    const [ranges, sites, address, origin, isAllowed] = row
    const restriction = { cidrs: ranges && [...ranges], origins: sites && [...sites] }
    expect(refusalOf([restriction], { address, origin }) === null).toBe(isAllowed)
  })

  it('must satisfy those of its parent as well', ({ expect }) => {
    const own = { cidrs: null, origins }
    const parents = { cidrs, origins: null }
    const at = (address: string, origin: string | null) =>
      refusalOf([own, parents], { address, origin })
    expect(at(inside, app)).toBeNull()
    expect(at('198.51.100.1', app)).toBe('from this address')
    expect(at(inside, null)).toBe('without an Origin')
  })
})
