import OpenAI from 'openai'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { openAccount } from './client.ts'

let gateway: Gateway
let openai: OpenAI
beforeAll(async () => {
  gateway = await startGateway()
  const { key } = await openAccount(gateway.url)
  openai = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
})
afterAll(() => gateway.stop())

describe('responses', () => {
  it('max', async () => {
    const r = await openai.responses.create({
      model: 'sketch-1',
      input: 'a cube',
      provider_options: { image: { width: 128, height: 128, num_images: 2 } },
    } as any)
    console.error(JSON.stringify(r).replaceAll(/"[A-Za-z0-9+\/=]{200,}"/g, '"..."'))
  })
  it('tool', async () => {
    const r = await openai.responses.create({
      model: 'sketch-1',
      input: 'a cube',
      tools: [{ type: 'image_generation', size: '128x128' }],
    })
    console.error(JSON.stringify(r).replaceAll(/"[A-Za-z0-9+\/=]{200,}"/g, '"..."'))
  })
  for (const model of ['sketch-1', 'sketch-slow', 'sketch-moderated'])
    for (const tools of [[{ type: 'image_generation', size: '512x512', partial_images: 2 }], []])
      it('stream', async () => {
        const s = openai.responses.stream({
          model,
          input: 'a cube',
          tools,
          background: model === 'sketch-slow',
          n: model === 'sketch-slow' ? 2 : 1,
        } as any)
        for await (const e of s)
          console.error(
            JSON.stringify(e)
              .replaceAll(/"[A-Za-z0-9+\/=]{200,}"/g, '"..."')
              .slice(0, 300),
          )
        const f = await s.finalResponse()
        console.error(
          'FINAL',
          JSON.stringify(f)
            .replaceAll(/"[A-Za-z0-9+\/=]{200,}"/g, '"..."')
            .slice(0, 500),
          f.status,
          f.output.length,
        )
      })
})
