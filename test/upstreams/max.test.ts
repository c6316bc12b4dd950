import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { download } from './ask.ts'
import { sniff } from './inputs.ts'
import { PICTURE } from './png.ts'
import { startUpstreams, type Upstreams } from './start.ts'

const model = 'black-forest-labs/FLUX.2-dev'

let upstreams: Upstreams
beforeAll(async () => {
  upstreams = await startUpstreams()
})
beforeEach(() => upstreams.reset())
afterAll(() => upstreams.stop())

interface Part {
  image_data?: string
  image_url?: string
  format: string
}

/** As the page's examples do it: the vendor's client is OpenAI's. */
async function create(body: object): Promise<Part[]> {
  const client = new OpenAI({ apiKey: 'EMPTY', baseURL: `${upstreams.url}/max/v1`, maxRetries: 0 })
  const request = { model, input: 'a mill', ...body } as OpenAI.Responses.ResponseCreateParams
  const response = (await client.responses.create(request)) as OpenAI.Responses.Response
  const [message] = response.output as unknown as { content: Part[] }[]
  return message!.content
}

const image = (options: object) => ({ provider_options: { image: options } })
const bytesOf = ({ image_data }: Part): Buffer => Buffer.from(image_data!, 'base64')

describe('the MAX simulator', () => {
  it('draws a prompt, as many images as asked, base64 unless told otherwise', async ({
    expect,
  }) => {
    const [first] = await create(image({ width: 512, height: 512, steps: 28 }))
    expect(sniff(bytesOf(first!))).toBe('jpeg')
    expect(await create({})).toMatchObject([{ image_data: expect.any(String), format: 'jpeg' }])
    const two = await create(image({ num_images: 2, output_format: 'png' }))
    expect(two.map((part) => sniff(bytesOf(part)))).toEqual(['png', 'png'])
    const [linked] = await create(image({ response_format: 'url' }))
    expect(linked).not.toHaveProperty('image_data')
    expect(sniff(await download(linked!.image_url!))).toBe('jpeg')
  })

  it('answers links where options stand without those of images, as MAX does', async ({
    expect,
  }) => {
    const [part] = await create({ provider_options: { max: {} } })
    expect(part).toMatchObject({ image_url: expect.any(String) })
  })

  it('edits the first image of a message', async ({ expect }) => {
    const input_image = {
      type: 'input_image',
      image_url: `data:image/png;base64,${PICTURE.toString('base64')}`,
    }
    const text = { type: 'input_text', text: 'in watercolor' }
    await create({ input: [{ role: 'user', content: [input_image, text] }] })
    expect(upstreams.ledger.calls).toMatchObject([
      { prompt: 'in watercolor', inputs: [{ bytes: PICTURE.length }] },
    ])
  })

  it.for<[number, string, object]>([
    [422, 'invalid_request_error', image({ width: 120 })],
    [422, 'invalid_request_error', image({ width: 513 })],
    [422, 'invalid_request_error', image({ foo: 1 })],
    [422, 'invalid_request_error', image({ strength: 0 })],
    [422, 'invalid_request_error', { stream: true }],
    [422, 'invalid_request_error', { input: [] }],
    [404, 'not_found_error', { model: 'other' }],
  ])('refuses with %i %s', async ([status, type, wrong], { expect }) => {
    await expect(create(wrong)).rejects.toMatchObject({ status, type, code: String(status) })
    expect(upstreams.ledger.calls).toEqual([])
  })
})
