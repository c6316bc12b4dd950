import { reset } from 'cloudflare:test'
import { afterEach, describe, it } from 'vitest'
import { account, ask, call } from '../support/client.ts'
import { readSse, type Sent } from '../support/sse.ts'
import { Completion, Refusal } from '../support/oxen-schemas.ts'
import { ended, enqueue, idsOf } from './oxen.ts'

afterEach(reset)

/** Events from now on. Nobody waits for a stream that sends nothing. */
async function listen(key: string) {
  const answer = await call('/api/events', { key })
  const events = readSse(answer.body!)
  return {
    answer,
    next: async (): Promise<Sent> => (await events.next()).value as Sent,
    close: () => events.return(undefined),
  }
}

const small = { size: '64x64' }

describe('the events of Oxen.ai', { timeout: 20_000 }, () => {
  it('tell of each generation that ends, and of nothing before', async ({ expect }) => {
    const { key } = await account()
    await ended(key, idsOf(await enqueue(key, small))[0]!)
    const { answer, next, close } = await listen(key)
    expect(answer.headers.get('content-type')).toMatch('text/event-stream')
    const ids = idsOf(await enqueue(key, { ...small, num_generations: 2 }))
    const told = [await next(), await next()]
    for (const { event, data } of told) {
      expect(event).toBe('media_generation_completed')
      expect(Completion.safeParse(data).error).toBeUndefined()
      expect(data).toMatchObject({ status: 'succeeded', model: 'sketch-1' })
      const image = await call(data.url)
      expect(image.status).toBe(200)
      await image.arrayBuffer()
    }
    const named = told.map(({ data }) => data.generation_id as string)
    expect(named.toSorted()).toEqual(ids.toSorted())
    await close()
  })

  it('tell why one failed, and nothing of one that is cancelled, is not queued or not theirs', async ({
    expect,
  }) => {
    const [me, other] = await Promise.all([account(), account()])
    const { next, close } = await listen(me.key)
    const [gone] = idsOf(await enqueue(me.key, { model: 'sketch-slow' }))
    await ask(`/api/ai/queue/${gone}`, { key: me.key, method: 'DELETE' })
    await ask('/v1/images/generations', { key: me.key, body: { prompt: 'a pier', ...small } })
    await ended(other.key, idsOf(await enqueue(other.key, small))[0]!)
    const [failed] = idsOf(await enqueue(me.key, { model: 'sketch-moderated' }))
    const { data } = await next()
    expect(Completion.safeParse(data).error).toBeUndefined()
    expect(data).toMatchObject({ generation_id: failed, status: 'failed' })
    await close()
  })

  it('begin with a comment, and have one where nothing of theirs happens', async ({ expect }) => {
    const { key } = await account()
    const { body } = await call('/api/events', { key })
    const reader = body!.getReader()
    const read = async () => new TextDecoder().decode((await reader.read()).value)
    expect(await read()).toBe(': keep-alive\n\n')
    const second = read()
    await ask('/v1/images/generations', { key, body: { prompt: 'a pier', ...small } })
    expect(await second).toBe(': keep-alive\n\n')
    await reader.cancel()
  })

  it('are for 64 at a time; one who goes makes room', async ({ expect }) => {
    const { key } = await account()
    const open = () => call('/api/events', { key })
    const all = await Promise.all(Array.from({ length: 64 }, open))
    const refused = await ask('/api/events', { key })
    expect([refused.status, refused.json.error.type]).toEqual([429, 'rate_limit_exceeded'])
    expect(Refusal.safeParse(refused.json).error).toBeUndefined()
    await all[0]!.body!.cancel()
    const retried = async () => {
      // That somebody went is seen when there is something to tell, a comment after 15 s at the latest.
      await enqueue(key, { ...small })
      const { status, body } = await open()
      await body!.cancel()
      return status
    }
    await expect.poll(retried).toBe(200)
    await Promise.all(all.slice(1).map(({ body }) => body!.cancel()))
  })
})
