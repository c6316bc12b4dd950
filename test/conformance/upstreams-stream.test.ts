import OpenAI from 'openai'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { ask, download, sha256, type NativeJob } from './client.ts'
import { startStage, type Stage } from './upstream-stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage([{ id: 'openai-like', kind: 'openai' }])
})
afterAll(() => stage.stop())

describe('partial images of an upstream that streams', () => {
  it('reach the client before the image, and are behind links too', async ({ expect }) => {
    const { gateway, account, servers } = stage
    const { key } = account
    const openai = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
    const { data, response } = await openai.images
      .generate({
        model: servers.get('openai-like')!.model,
        prompt: 'a pier',
        stream: true,
        partial_images: 2,
      })
      .withResponse()
    const seen: [type: string, digest: string][] = []
    for await (const { type, b64_json } of data)
      seen.push([type.replace('image_generation.', ''), sha256(Buffer.from(b64_json, 'base64'))])
    expect(seen.map(([type]) => type)).toEqual(['partial_image', 'partial_image', 'completed'])
    const id = response.headers.get('x-darkroom-job')
    const { json } = await ask<NativeJob>(`${gateway.url}/v1/jobs/${id}`, { key })
    expect(json).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'succeeded' }] })
    expect((await download(json.urls.images[0]!)).sha256).toBe(seen[2]![1])
    const events = await (await fetch(json.urls.watch)).text()
    const links = [...events.matchAll(/^event: partial\ndata: (.*)$/gm)].map(
      ([, line]) => (JSON.parse(line!) as { url: string }).url,
    )
    const digests = await Promise.all(links.map(async (link) => (await download(link)).sha256))
    expect(digests).toEqual(seen.slice(0, 2).map(([, digest]) => digest))
  })
})
