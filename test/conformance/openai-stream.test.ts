import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { PICTURE } from '../upstreams/png.ts'
import { ask, download, listCharges, openAccount, sha256, type NativeJob } from './client.ts'
import type { Account } from './client.ts'

let gateway: Gateway
let account: Account
let openai: OpenAI
beforeAll(async () => {
  const slow = { 'sketch-slow': { price: [{ unit: 'image', usd: 0.04 }] } }
  gateway = await startGateway({ vars: { MODELS: JSON.stringify(slow) } })
  account = await openAccount(gateway.url)
  openai = new OpenAI({ apiKey: account.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
})
afterAll(() => gateway.stop())

const request = {
  model: 'sketch-1',
  prompt: 'a pier',
  size: '1024x1024',
  stream: true,
  partial_images: 2,
} as const

/** The job as it stands. */
const read = async (id: string): Promise<NativeJob> =>
  (await ask<NativeJob>(`${gateway.url}/v1/jobs/${id}`, { key: account.key })).json

describe.concurrent('images of the OpenAI client with stream: true', () => {
  it('yields partial images, then the very bytes that are behind the link', async ({ expect }) => {
    const { data: stream, response } = await openai.images.generate(request).withResponse()
    const partials: Buffer[] = []
    const completed: Buffer[] = []
    for await (const event of stream) {
      const bytes = Buffer.from(event.b64_json, 'base64')
      if (event.type === 'image_generation.partial_image') {
        expect(event.partial_image_index).toBe(partials.length)
        partials.push(bytes)
      } else {
        expect(event).toMatchObject({ size: '1024x1024', usage: { total_tokens: 0 } })
        completed.push(bytes)
      }
    }
    const widths = [...partials, ...completed].map((png) => png.readUInt32BE(16))
    expect(widths).toEqual([128, 256, 1024])
    const job = await read(response.headers.get('x-darkroom-job')!)
    const link = await download(job.urls.images[0]!)
    expect([sha256(completed[0]!), link.status]).toEqual([link.sha256, 200])
  })

  it('does the same for an edit with a file, under the names of edits', async ({ expect }) => {
    const image = await toFile(PICTURE, 'a.png')
    const stream = await openai.images.edit({ ...request, size: '256x256', image })
    const types: string[] = []
    for await (const { type, b64_json: base64 } of stream) {
      expect(Buffer.from(base64, 'base64').toString('latin1', 1, 4)).toBe('PNG')
      types.push(type)
    }
    const partial = 'image_edit.partial_image'
    expect(types).toEqual([partial, partial, 'image_edit.completed'])
  })

  it('throws an ordinary error when nothing was drawn', async ({ expect }) => {
    const failed = openai.images.generate({ ...request, model: 'sketch-moderated' })
    await expect(failed).rejects.toBeInstanceOf(OpenAI.BadRequestError)
    await expect(failed).rejects.toMatchObject({ code: 'moderation_blocked' })
  })

  it('throws in the loop when the job fails later', async ({ expect }) => {
    const model = 'sketch-slow'
    const { data, response } = await openai.images.generate({ ...request, model }).withResponse()
    const id = response.headers.get('x-darkroom-job')!
    let partials = 0
    const loop = async () => {
      for await (const event of data) {
        expect(event.type).toBe('image_generation.partial_image')
        partials += 1
        if (partials === 1)
          await ask(`${gateway.url}/v1/jobs/${id}/cancel`, { key: account.key, method: 'POST' })
      }
    }
    await expect(loop()).rejects.toMatchObject({ code: 'job_cancelled' })
    expect(partials).toBeGreaterThan(0)
  })

  it('may be left: the job goes on, and is paid once', async ({ expect }) => {
    const model = 'sketch-slow'
    const { data, response } = await openai.images.generate({ ...request, model }).withResponse()
    for await (const event of data) {
      expect(event.type).toBe('image_generation.partial_image')
      break
    }
    const id = response.headers.get('x-darkroom-job')!
    const url = `${gateway.url}/v1/jobs/${id}?wait=20`
    expect((await ask<NativeJob>(url, { key: account.key })).json.status).toBe('succeeded')
    const charges = await listCharges(gateway.url, account.tenant)
    expect(charges.filter(({ job }) => job === id)).toMatchObject([{ amount_usd: -0.04 }])
  })
})
