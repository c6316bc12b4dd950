import { createServer, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { encodePng } from '../upstreams/png.ts'
import { ask, download, openAccount, sha256, type NativeJob } from './client.ts'
import { CLIENT_APIS } from './dialects.ts'

const PICTURE = encodePng({
  width: 96,
  height: 64,
  text: 'a mill',
  transparent: false,
  noisy: true,
  // More than an answer may hold beside its images.
  bytes: 1_500_000,
})
const REVISED = 'A mill by the sea, at dusk.'

/** The answer to `/held.png`, once that was asked for. */
let hold: (answer: ServerResponse) => void
const heldPicture = new Promise<ServerResponse>((resolve) => (hold = resolve))

/** An upstream that gives its image as a data URL, and a store without the images that callers name. */
const server = createServer((req, res) => {
  if (req.url === '/page.png') res.setHeader('content-type', 'image/png').end('<html>gone</html>')
  else if (req.url === '/held.png') hold(res)
  else if (req.method === 'GET') res.writeHead(404).end()
  else {
    req.resume()
    const url = `data:image/png;base64,${PICTURE.toString('base64')}`
    const content = [{ type: 'output_image', image_url: url, format: 'png' }]
    const answer = req.url!.endsWith('/responses')
      ? { output: [{ role: 'assistant', content }] }
      : { created: 1_790_000_000, data: [{ url, revised_prompt: REVISED }] }
    res.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
  }
})

let gateway: Gateway
let key: string
let origin: string
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const models = [{ name: 'm', price: null }]
  const several = [{ name: 'm', price: null, limits: { inputs: { max: 4 } } }]
  const upstreams = [
    { id: 'own', base_url: `${origin}/v1`, dialect: 'modelmax', models },
    { id: 'modular', base_url: `${origin}/v1`, dialect: 'max', models },
    { id: 'edits', base_url: `${origin}/v1`, dialect: 'sglang', models: several },
  ]
  // The store of this test has no public address.
  const vars = { UPSTREAMS: JSON.stringify(upstreams), ALLOW_PRIVATE_URLS: 'true' }
  gateway = await startGateway({ vars })
  key = (await openAccount(gateway.url)).key
})
afterAll(async () => {
  await gateway.stop()
  server.close()
})

/** Those whose answers have `data[]`. */
const WITH_DATA = CLIENT_APIS.filter(({ name }) => ['openai', 'modelmax', 'aiml'].includes(name))

interface ImagesAnswer {
  data: { url: string; revised_prompt: string }[]
}

interface MaxAnswer {
  output: { content: { format: string; image_data: string }[] }[]
}

describe.concurrent('an image that the upstream gives as a data URL', () => {
  it.for(WITH_DATA)(
    'is behind a link, with the prompt that was drawn: $name',
    async ({ path, body, answer }, { expect }) => {
      const asked = body({ model: 'own/m', prompt: 'a mill' })
      const { json } = await ask<ImagesAnswer>(gateway.url + path, { key, body: asked })
      expect(answer.safeParse(json).error).toBeUndefined()
      const [image, ...more] = json.data
      expect([image?.revised_prompt, more]).toEqual([REVISED, []])
      expect(image!.url.startsWith(`${gateway.url}/i/`)).toBe(true)
      expect((await download(image!.url)).sha256).toBe(sha256(PICTURE))
    },
  )

  it('is behind a link: from Modular MAX', async ({ expect }) => {
    const body = { model: 'modular/m', prompt: 'a mill' }
    const asked = await ask<ImagesAnswer>(`${gateway.url}/v1/images/generations`, { key, body })
    expect((await download(asked.json.data[0]!.url)).sha256).toBe(sha256(PICTURE))
  })

  it('has the format of its bytes, not the one that was asked for', async ({ expect }) => {
    const image = { output_format: 'jpeg' }
    const body = { model: 'modular/m', input: 'a mill', provider_options: { image } }
    const { json } = await ask<MaxAnswer>(`${gateway.url}/v1/responses`, { key, body })
    const [part] = json.output[0]!.content
    expect([part!.format, sha256(Buffer.from(part!.image_data, 'base64'))]).toEqual([
      'png',
      sha256(PICTURE),
    ])
  })
})

const message = (url: string) => [
  { type: 'input_image', image_url: url },
  { type: 'input_text', text: 'a mill' },
]

/** How each API names an input image. */
const EDITS: [path: string, fields: (url: string) => object][] = [
  ...WITH_DATA.map(({ path }): [string, (url: string) => object] => [
    path,
    (url) => ({ prompt: 'a mill', image_url: url }),
  ]),
  ['/api/ai/images/edit', (url) => ({ prompt: 'a mill', input_image: url })],
  ['/v1/responses', (url) => ({ input: [{ role: 'user', content: message(url) }] })],
]

describe.concurrent('an input image that cannot be had', () => {
  it('is a bad request where an earlier response is deleted before it is read', async ({
    expect,
  }) => {
    const respond = (body: object) =>
      ask<{ id: string }>(`${gateway.url}/v1/responses`, { key, body })
    const { json: earlier } = await respond({ model: 'sketch-1', input: 'a mill' })
    const asked = respond({
      model: 'edits/m',
      input: [{ role: 'user', content: message(`${origin}/held.png`) }],
      previous_response_id: earlier.id,
    })
    const held = await heldPicture
    await ask(`${gateway.url}/v1/responses/${earlier.id}`, { key, method: 'DELETE' })
    held.setHeader('content-type', 'image/png').end(PICTURE)
    const { status, json } = await asked
    const error = {
      code: 'failed_to_download_image',
      message: expect.stringMatching(/^Invalid 'input'/),
    }
    expect([status, json]).toMatchObject([400, { error }])
  })

  it.for(EDITS)('is a bad request once the job has looked: %s', async (row, { expect }) => {
    const [path, fields] = row
    for (const file of ['/none.png', '/page.png']) {
      const refused = await ask<object>(gateway.url + path, {
        key,
        body: { model: 'edits/m', ...fields(origin + file) },
      })
      expect(refused.status).toBe(400)
      const id = refused.headers.get('x-darkroom-job')
      const job = await ask<NativeJob>(`${gateway.url}/v1/jobs/${id}`, { key })
      expect(job.json.error?.code).toBe('failed_to_download_image')
      // What the caller's server said is not told.
      expect(JSON.stringify(refused.json)).not.toContain('gone')
    }
  })
})
