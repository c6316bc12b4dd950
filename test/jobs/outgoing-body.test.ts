import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, it } from 'vitest'
import { imageKey, newJobId } from '../../src/core/ids.ts'
import type { StoredInput } from '../../src/core/staged-input.ts'
import type { HttpProvider } from '../../src/core/upstream.ts'
import { outgoingBodyOf } from '../../src/jobs/outgoing-body.ts'
import { max } from '../../src/providers/max.ts'
import { openai } from '../../src/providers/openai.ts'
import { PNG } from '../images/samples.ts'
import { order } from '../providers/orders.ts'
import { call } from '../support/client.ts'

afterAll(reset)

/** As a deployment is: upstreams can reach it. */
const deployed = { ...env, PUBLIC_URL: 'https://darkroom.test' }
const stored = (r2: string): StoredInput => ({
  r2,
  type: 'image/png',
  bytes: PNG.length,
  sha256: 'ab',
})
const STAGED = stored('inputs/0tenant000/batch/0')
const KEY = imageKey('0tenant000', newJobId(), 0)
const EARLIER = { ...stored(KEY), image: KEY }
const inputs = [STAGED, EARLIER]

async function bodyOf(provider: HttpProvider) {
  const { request, ...rest } = order('gpt-image-1', { operation: 'edit', inputs })
  const { body } = provider.submit({ ...rest, request })
  return outgoingBodyOf(deployed, body, request)
}

async function textOf(provider: HttpProvider): Promise<string> {
  const sent = await bodyOf(provider)
  if ('missing' in sent || !sent.body) return 'nothing'
  return new Response(sent.body.stream).text()
}

describe('the inputs of an edit, at an address that upstreams reach', () => {
  it('are links that lead to their bytes, until they are gone', async ({ expect }) => {
    for (const { r2 } of inputs) await env.IMAGES_BUCKET.put(r2, PNG)
    const links = (await textOf(openai)).match(/https:[^"]+/g)!
    expect(links).toHaveLength(2)
    for (const link of links) {
      const answer = await call(link)
      expect([link, answer.status]).toEqual([link, 200])
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(PNG)
    }
    await env.IMAGES_BUCKET.delete(EARLIER.r2)
    expect(await bodyOf(openai)).toEqual({ missing: EARLIER.r2 })
  })

  it('are sent as they are to Modular MAX, which may reach nobody', async ({ expect }) => {
    for (const { r2 } of inputs) await env.IMAGES_BUCKET.put(r2, PNG)
    const text = await textOf(max)
    expect(text).not.toContain('https:')
    expect(text.split(`data:image/png;base64,${PNG.toBase64()}`)).toHaveLength(3)
  })
})
