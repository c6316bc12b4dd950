import fc from 'fast-check'
import { describe, it } from 'vitest'
import { signLink, verifyLink } from '../../src/images/link.ts'
import { readSigningKeys } from '../../src/images/signing-keys.ts'

const secret = (fill: number, bytes = 32) => new Uint8Array(bytes).fill(fill).toBase64()
const OLD = `old:${secret(1)}`
const NEW = `new:${secret(2)}`
const ORIGIN = 'https://img.test'
const PATH = '/i/0123456789/abcdefghijklmnopqrstuvwxyz/1'
const EXPIRES = 1_800_000_000
const claim = { origin: ORIGIN, path: PATH, exp: EXPIRES }

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The same 32 bytes in other letters: the last two bits of the last one stand for nothing. */
const respell = (signature: string) =>
  signature.slice(0, -1) + ALPHABET[ALPHABET.indexOf(signature.at(-1)!) ^ 1]

const keys = () => readSigningKeys(`${NEW},${OLD}`)
const newLink = async () => new URL(await signLink(await keys(), claim))
const verify = async (url: URL, now = EXPIRES - 10) => verifyLink(await keys(), url, now)

describe('a link', () => {
  it('holds until its last second, then says that it has expired', async ({ expect }) => {
    const url = await newLink()
    expect(await verify(url, EXPIRES)).toBe('ok')
    expect(await verify(url, EXPIRES + 1)).toBe('expired')
  })

  it('is equal for every poll', async ({ expect }) => {
    expect((await newLink()).href).toBe((await newLink()).href)
  })

  it('is the text that the contract names, under HMAC-SHA-256', async ({ expect }) => {
    const raw = new Uint8Array(32).fill(2)
    const hmac = { name: 'HMAC', hash: 'SHA-256' }
    const key = await crypto.subtle.importKey('raw', raw, hmac, false, ['sign'])
    const text = new TextEncoder().encode(`v1\nnew\n${EXPIRES}\n${PATH}\n`)
    const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, text))
    const s = signature.toBase64({ alphabet: 'base64url', omitPadding: true })
    expect((await newLink()).href).toBe(`${ORIGIN}${PATH}?e=${EXPIRES}&k=new&s=${s}`)
  })

  it.for<[string, (url: URL) => unknown]>([
    ['a wait', (url) => url.searchParams.set('wait', '5')],
    ['a download', (url) => url.searchParams.set('download', '')],
    ['another host of the gateway', (url) => (url.hostname = 'other.test')],
    [
      'the parameters in another order',
      (url) => (url.search = url.search.slice(1).split('&').toReversed().join('&')),
    ],
    ...['png', 'jpg', 'jpeg', 'webp', 'gif', 'avif'].map(
      (extension): [string, (url: URL) => unknown] => [
        `.${extension}`,
        (url) => (url.pathname += `.${extension}`),
      ],
    ),
  ])('holds with %s', async ([, change], { expect }) => {
    const url = await newLink()
    change(url)
    expect(await verify(url)).toBe('ok')
  })

  it.for<[string, (url: URL) => unknown]>([
    ['another image', (url) => (url.pathname = url.pathname.replace(/\d+$/, '9'))],
    ['another tenant', (url) => (url.pathname = url.pathname.replace('0123456789', '0123456780'))],
    ['an unknown extension', (url) => (url.pathname += '.svg')],
    ['two extensions', (url) => (url.pathname += '.png.png')],
    ['a later expiry', (url) => url.searchParams.set('e', String(EXPIRES + 60))],
    ['no expiry', (url) => url.searchParams.delete('e')],
    ['an expiry in another spelling', (url) => url.searchParams.set('e', `0${EXPIRES}`)],
    ['an expiry that is no number', (url) => url.searchParams.set('e', 'Infinity')],
    ['a duplicated expiry', (url) => url.searchParams.append('e', String(EXPIRES))],
    ['another kid', (url) => url.searchParams.set('k', 'old')],
    ['an unknown kid', (url) => url.searchParams.set('k', 'none')],
    ['__proto__ as kid', (url) => url.searchParams.set('k', '__proto__')],
    ['constructor as kid', (url) => url.searchParams.set('k', 'constructor')],
    ['no kid', (url) => url.searchParams.delete('k')],
    ['a duplicated kid', (url) => url.searchParams.append('k', 'new')],
    ['a broken signature', (url) => url.searchParams.set('s', '***')],
    ['no signature', (url) => url.searchParams.delete('s')],
    ['a duplicated signature', (url) => url.searchParams.append('s', url.searchParams.get('s')!)],
    ['a signature of zeros', (url) => url.searchParams.set('s', 'A'.repeat(43))],
    [
      'its signature spelled otherwise',
      (url) => url.searchParams.set('s', respell(url.searchParams.get('s')!)),
    ],
    ['a padded signature', (url) => url.searchParams.set('s', `${url.searchParams.get('s')}=`)],
  ])('fails with %s, expired or not', async ([, tamper], { expect }) => {
    const url = await newLink()
    tamper(url)
    expect(await verify(url)).toBe('bad')
    expect(await verify(url, EXPIRES + 1)).toBe('bad')
  })

  it('fails with any single character of its signature changed', async ({ expect }) => {
    const url = await newLink()
    const s = url.searchParams.get('s')!
    await fc.assert(
      fc.asyncProperty(fc.nat(42), fc.constantFrom(...ALPHABET.split('')), async (at, letter) => {
        fc.pre(s[at] !== letter)
        url.searchParams.set('s', s.slice(0, at) + letter + s.slice(at + 1))
        expect(await verify(url)).toBe('bad')
      }),
    )
  })

  it('holds for its own path and time and for no others', async ({ expect }) => {
    const path = fc.stringMatching(/^\/[iw]\/[0-9A-Za-z]{10}\/[a-z2-7]{26}(\/\d)?$/)
    const time = fc.integer({ min: 1, max: 999_999_999_999 })
    const signing = await keys()
    await fc.assert(
      fc.asyncProperty(path, path, time, time, async (own, other, exp, now) => {
        const url = new URL(await signLink(signing, { origin: ORIGIN, path: own, exp }))
        expect(await verifyLink(signing, url, now)).toBe(now <= exp ? 'ok' : 'expired')
        url.pathname = other
        if (own !== other) expect(await verifyLink(signing, url, now)).toBe('bad')
      }),
    )
  })
})

describe('signing keys', () => {
  it('rotate: links of the old key hold until it is removed', async ({ expect }) => {
    const url = new URL(await signLink(await readSigningKeys(OLD), claim))
    const now = EXPIRES - 10
    expect(await verifyLink(await readSigningKeys(`${NEW}, ${OLD}`), url, now)).toBe('ok')
    expect(await verifyLink(await readSigningKeys(NEW), url, now)).toBe('bad')
    expect(await verifyLink(await readSigningKeys(`old:${secret(3)}`), url, now)).toBe('bad')
  })

  it('sign with the first', async ({ expect }) => {
    expect(await signLink(await readSigningKeys(`${OLD},${NEW}`), claim)).toContain('&k=old&')
  })

  it.for<[string, string, string]>([
    ['nothing', '', 'SIGNING_KEYS is empty'],
    ['a bare key', secret(9), 'entry 1: not of the form kid:base64'],
    ['a bad second entry', `${OLD},zzz`, 'entry 2: not of the form kid:base64'],
    ['a comma too many', `${OLD},`, 'entry 2: not of the form kid:base64'],
    ['key and kid swapped', `${secret(9)}:k1`, 'entry 1: the kid is not'],
    ['no kid', `:${secret(9)}`, 'entry 1: the kid is not'],
    ['no base64', `k1:${'*'.repeat(44)}`, 'entry 1: what follows the colon is not base64'],
    ['a short key', `k1:${secret(9, 31)}`, 'entry 1: the key has 31 bytes; at least 32'],
    ['a kid twice', `${OLD},${OLD}`, 'names a kid twice'],
  ])('say what is wrong with %s, and do not show it', async ([, text, message], { expect }) => {
    const failure = await readSigningKeys(text).catch((caught: Error) => caught.message)
    expect(failure).toContain(message)
    for (const part of text.split(/[:,]/).filter((shown) => shown.length > 3))
      expect(failure).not.toContain(part)
  })
})
