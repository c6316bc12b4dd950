import { describe, it } from 'vitest'
import { fetchTenantUrl } from '../../src/outbound/fetch-tenant-url.ts'
import { hostile, isOver, movedTo, scripted, seenBy } from './call.ts'
import { REFUSED } from './refused-urls.ts'

const START = 'https://pictures.com/cat.png'
const picture = () => new Response('bytes')

/** Against the hostile server, which lies on a private address. */
const fetchLocal = (path: string, over: { headersMs?: number; bodyMs?: number } = {}) =>
  fetchTenantUrl(`${hostile()}${path}`, {
    allowPrivate: true,
    deadlines: { headersMs: 10_000, bodyMs: 10_000, totalMs: 20_000, ...over },
  })

async function reasonOf(fetched: ReturnType<typeof fetchTenantUrl>): Promise<string> {
  const result = await fetched
  if (result.ok) throw new Error('fetched')
  return result.reason
}

const read = async (fetched: ReturnType<typeof fetchTenantUrl>) => {
  const result = await fetched
  if (!result.ok) throw new Error(result.reason)
  return new Response(result.body).text().finally(result.end)
}

describe('an image at a URL', () => {
  it('is fetched through three redirects, and nobody is told who asks', async ({ expect }) => {
    const { fetcher, asked } = scripted({
      [START]: movedTo('/b', 301),
      'https://pictures.com/b': movedTo('//cdn.pictures.com/c', 307),
      'https://cdn.pictures.com/c': movedTo('https://other.com/d', 308),
      'https://other.com/d': picture,
    })
    expect(await read(fetchTenantUrl(START, { allowPrivate: false }, fetcher))).toBe('bytes')
    for (const { headers } of asked)
      expect([...headers.keys()].toSorted()).toEqual(['accept', 'accept-encoding', 'user-agent'])
  })

  it('is not fetched through a fourth', async ({ expect }) => {
    const { fetcher, asked } = scripted({ [START]: movedTo(START) })
    const reason = await reasonOf(fetchTenantUrl(START, { allowPrivate: false }, fetcher))
    expect(reason).toBe('The URL redirects more than 3 times.')
    expect(asked).toHaveLength(4)
  })

  it('keeps its length, and its native stream', async ({ expect }) => {
    const fetched = await fetchLocal('/ok')
    if (!fetched.ok) throw new Error(fetched.reason)
    expect(fetched.length).toBe(11)
    const { value } = await fetched.body
      .getReader({ mode: 'byob' })
      .readAtLeast(11, new Uint8Array(11))
    expect(new TextDecoder().decode(value)).toBe('{"ok":true}')
    fetched.end()
  })

  it('without a length is read as well, into our own buffer', async ({ expect }) => {
    const fetched = await fetchLocal('/chunked')
    if (!fetched.ok) throw new Error(fetched.reason)
    expect(fetched.length).toBeNull()
    const { value } = await fetched.body
      .getReader({ mode: 'byob' })
      .readAtLeast(5, new Uint8Array(9))
    expect(new TextDecoder().decode(value)).toBe('abcde')
    fetched.end()
  })
})

describe('a redirect', () => {
  it.for(
    REFUSED.filter(
      ([trick]) => !['no scheme', 'scheme of the page', 'nothing', 'no host'].includes(trick),
    ).filter(([, url]) => !/[^\x21-\x7e]|\\/.test(url)),
  )('to %s is not followed (%s)', async ([, location], { expect }) => {
    const { fetcher, asked } = scripted({ [START]: movedTo(location) })
    const reason = await reasonOf(fetchTenantUrl(START, { allowPrivate: false }, fetcher))
    expect(reason).toMatch(/^The URL (leads to a refused one|redirects to nowhere)\.$/)
    expect(asked).toHaveLength(1)
  })

  it.for(
    [
      'https://[::ffff:169.254.169.254]/',
      'https://2130706433/',
      'https://127.0.0.1.nip.io/',
      'https://metadata.google.internal./',
      'https://user@other.com/',
      'https://other.com:8443/',
      'http://other.com/c',
      'http://169.254.169.254/latest/meta-data/',
      'data:image/png;base64,iVBORw0KGgo=',
      'file:///etc/passwd',
      '//localhost/',
      '//[fd00::1]/c',
    ].flatMap((location) => [1, 2, 3].map((hop) => [location, hop] as const)),
  )('to %s is not followed at hop %i of a chain', async ([location, hop], { expect }) => {
    const chain = [START, 'https://other.com/a', 'https://cdn.other.com/b']
    const moves = chain.map((from, i) => {
      const to = i + 1 === hop ? location : (chain[i + 1] ?? 'https://other.com/end')
      return [from, movedTo(to, [301, 303, 308][i])] as const
    })
    const { fetcher, asked } = scripted(Object.fromEntries(moves))
    const reason = await reasonOf(fetchTenantUrl(START, { allowPrivate: false }, fetcher))
    expect(reason).toBe('The URL leads to a refused one.')
    expect(asked.map(({ url }) => url)).toEqual(chain.slice(0, hop))
  })

  it('is checked in local development, too', async ({ expect }) => {
    const reason = await reasonOf(fetchLocal('/redirect/302?to=data:text/plain,x'))
    expect(reason).toBe('The URL leads to a refused one.')
    expect(await reasonOf(fetchLocal('/redirect/302'))).toBe('The URL redirects to nowhere.')
  })
})

describe('a server behind a URL', () => {
  it.for(REFUSED)('is never asked when the URL is refused: %s', async ([, url], { expect }) => {
    const { fetcher, asked } = scripted({})
    await reasonOf(fetchTenantUrl(url, { allowPrivate: false }, fetcher))
    expect(asked).toEqual([])
  })

  it.for([
    ['/status/404/secret-page', 'The server of the URL answered 404.'],
    ['/status/206/secret-page', 'The server of the URL answered 206.'],
    ['/status/500/secret-page', 'The server of the URL answered 500.'],
    ['/reset-before-headers', 'The server of the URL did not answer.'],
    ['/no-http', 'The server of the URL did not answer.'],
    ['/large-stated', 'The file of the URL is larger than 20971520 bytes.'],
  ])('that does %s fails the fetch without its own words', async ([path, reason], { expect }) => {
    expect(await reasonOf(fetchLocal(path!))).toBe(reason)
  })

  it('that sends more than 20 MiB without saying so is cut off', async ({ expect }) => {
    await expect(read(fetchLocal('/large/cut'))).rejects.toThrow('larger than 20971520 bytes')
    expect(await isOver('/large/cut')).toBe(true)
  })

  it('that hangs is given up', async ({ expect }) => {
    const reason = await reasonOf(fetchLocal('/hang/tenant', { headersMs: 300 }))
    expect(reason).toBe('The server of the URL did not answer.')
    expect(await isOver('/hang/tenant')).toBe(true)
  })

  it.for(['hang-in-body', 'drip', 'chunked-hang'])(
    'that does %s is cut off in its body',
    async (kind, { expect }) => {
      await expect(read(fetchLocal(`/${kind}/tenant`, { bodyMs: 100 }))).rejects.toThrow()
      expect(await isOver(`/${kind}/tenant`)).toBe(true)
    },
  )

  it.for(['reset-in-body', 'short-body', 'cut-chunked', 'false-gzip'])(
    'that does %s breaks the body for its reader',
    async (kind, { expect }) => {
      await expect(read(fetchLocal(`/${kind}`))).rejects.toThrow()
    },
  )

  it('that nobody reads is let go', async ({ expect }) => {
    const fetched = await fetchLocal('/chunked-hang/unread')
    if (fetched.ok) fetched.end()
    expect(await isOver('/chunked-hang/unread')).toBe(true)
    expect(await seenBy('/chunked-hang/unread')).toHaveLength(1)
  })
})
