import { env } from 'cloudflare:workers'
import { reset } from 'cloudflare:test'
import { afterEach, describe, it, onTestFinished, vi } from 'vitest'
import { stageUrl } from '../../src/images/stage-url.ts'
import { fillMemory } from './fill-memory.ts'
import { pngOf } from './samples.ts'

const bucket = env.IMAGES_BUCKET
const KEY = 'inputs/0AAAAAAAAA/job/0'
const URL_OF_CAT = 'https://pictures.com/cat.png'
const CAT = pngOf(300_000)

afterEach(reset)

/** A server of `CAT`; the body obeys the signal of its call, as the platform's does. */
async function obeying(_: unknown, init?: RequestInit): Promise<Response> {
  const signal = init!.signal!
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      signal.addEventListener('abort', () => controller.error(signal.reason))
    },
    pull(controller) {
      if (at >= CAT.length) return controller.close()
      controller.enqueue(CAT.slice(at, (at += 65_536)))
    },
  })
  return new Response(body)
}

/** A server of one answer, which counts how often it is asked. */
function serverOf(answer: () => Response) {
  const asked: string[] = []
  const fetcher = async (input: RequestInfo | URL) => {
    asked.push(new Request(input).url)
    return answer()
  }
  const stage = (url = URL_OF_CAT) => {
    const { signal } = new AbortController()
    return stageUrl(bucket, KEY, url, { allowPrivate: false, signal }, fetcher)
  }
  return { asked, stage }
}

describe('an input image at a URL', () => {
  it('lies in R2 byte for byte, and is downloaded once', async ({ expect }) => {
    const { asked, stage } = serverOf(
      () => new Response(CAT, { headers: { 'content-type': 'text/plain' } }),
    )
    const staged = await stage()
    const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', CAT)).toHex()
    const input = { r2: KEY, type: 'image/png', bytes: CAT.length, sha256 }
    expect(staged).toEqual({ ok: true, input })
    const object = await bucket.get(KEY)
    expect(new Uint8Array(await object!.arrayBuffer())).toEqual(CAT)
    expect(await stage()).toEqual(staged)
    expect(asked).toEqual([URL_OF_CAT])
  })

  it.for<[string, () => Response, string]>([
    ['HTML', () => new Response('<html>'), 'PNG, JPEG'],
    ['nothing', () => new Response(''), 'empty'],
    ['half an image', () => new Response(CAT.slice(0, 1000)), 'cut off'],
    ['21 MiB', () => new Response(pngOf(21 * 1024 * 1024)), 'larger than 20971520 bytes'],
    ['a 404', () => new Response('no', { status: 404 }), '404'],
    ['a way to a private address', () => Response.redirect('https://10.0.0.1/', 302), 'refused'],
  ])('with %s is refused and leaves nothing', async ([, answer, words], { expect }) => {
    const { stage } = serverOf(answer)
    const staged = await stage()
    expect(staged).toEqual({ ok: false, reason: expect.stringContaining(words) })
    expect((await bucket.list()).objects).toEqual([])
  })

  it('that is not public is not asked', async ({ expect }) => {
    const { asked, stage } = serverOf(() => new Response(CAT))
    expect((await stage('https://192.168.0.1/cat.png')).ok).toBe(false)
    expect(asked).toEqual([])
  })

  it('that breaks off leaves nothing', async ({ expect }) => {
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(CAT.slice(0, 100_000))
        controller.error(new Error('gone'))
      },
    })
    const { stage } = serverOf(() => new Response(broken))
    expect((await stage()).ok).toBe(false)
    expect((await bucket.list()).objects).toEqual([])
  })

  it('is not called broken because others keep the memory', async ({ expect }) => {
    const realWait = scheduler.wait.bind(scheduler)
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
    const waiting = vi
      .spyOn(scheduler, 'wait')
      .mockImplementation((ms) => new Promise((resolve) => setTimeout(resolve, ms)))
    onTestFinished(() => {
      waiting.mockRestore()
      vi.useRealTimers()
    })
    const memory = await fillMemory()
    const { signal } = new AbortController()
    const seen: { staged?: unknown } = {}
    void stageUrl(bucket, KEY, URL_OF_CAT, { allowPrivate: false, signal }, obeying).then(
      (staged) => (seen.staged = staged),
    )
    for (let seconds = 0; seconds < 70 && !seen.staged; seconds++) {
      await vi.advanceTimersByTimeAsync(1000)
      await realWait(5)
      memory.touch()
    }
    expect(seen.staged).toMatchObject({ ok: true, input: { bytes: CAT.length } })
  })

  it('is not waited for once nobody wants it', async ({ expect }) => {
    await fillMemory()
    const wish = new AbortController()
    const rules = { allowPrivate: false, signal: wish.signal }
    const staged = stageUrl(bucket, KEY, URL_OF_CAT, rules, async () => new Response(CAT))
    setTimeout(() => wish.abort(new Error('cancelled')), 50)
    await expect(staged).rejects.toThrow('cancelled')
    expect((await bucket.list()).objects).toEqual([])
  })
})
