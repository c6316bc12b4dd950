import OpenAI from 'openai'
import type {
  Response,
  ResponseCreateParamsNonStreaming,
} from 'openai/resources/responses/responses'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { MessageResponse, ToolResponse } from '../http/response-body.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { download, openAccount, sha256, type Account } from './client.ts'
import { ResponseItemList, ResponseOfMax, ResponseOfSdk } from './schemas.ts'

let gateway: Gateway
let account: Account
let openai: OpenAI
beforeAll(async () => {
  gateway = await startGateway()
  account = await openAccount(gateway.url)
  openai = new OpenAI({ apiKey: account.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
})
afterAll(() => gateway.stop())

const SIZE = { provider_options: { image: { width: 512, height: 512, steps: 28 } } }
const TOOL = { type: 'image_generation', size: '256x256', quality: 'low' } as const

/** A body of Modular MAX, whose fields the client's types do not know. */
const create = (body: ResponseCreateParamsNonStreaming & Record<string, unknown>) =>
  openai.responses.create(body)

interface ImagePart {
  type: string
  image_data: string
  image_url: string
  format: string
}

const partsOf = ({ output }: Response): ImagePart[] => {
  const [item] = output
  return item?.type === 'message' ? (item.content as unknown as ImagePart[]) : []
}

const resultsOf = ({ output }: Response): Buffer[] =>
  output.flatMap((item) =>
    item.type === 'image_generation_call' ? [Buffer.from(item.result!, 'base64')] : [],
  )

/** What the client adds is no part of the answer. */
const bare = ({
  output_text: _text,
  _request_id: _id,
  ...answer
}: Response & { _request_id?: string | null }) => answer

const sizeOf = (png: Buffer): string => `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`

async function ended(id: string): Promise<Response> {
  for (;;) {
    const response = await openai.responses.retrieve(id)
    if (response.status !== 'queued' && response.status !== 'in_progress') return response
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe.concurrent('responses.create, in the form of Modular MAX', () => {
  it('gives the image where its documentation reads it', async ({ expect }) => {
    const model = 'black-forest-labs/FLUX.2-dev'
    const { data, request_id } = await openai.responses
      .create({ model, input: 'a lake', ...SIZE } as ResponseCreateParamsNonStreaming)
      .withResponse()
    const [part] = partsOf(data)
    const jpeg = Buffer.from(part!.image_data, 'base64')
    expect(jpeg.subarray(0, 3).toString('hex')).toBe('ffd8ff')
    expect(part).toMatchObject({ format: 'jpeg', width: 512, height: 512 })
    expect(data).toMatchObject({ model, status: 'completed', output_text: '' })
    expect(request_id).toMatch(/^req_/)
    expect(sha256(jpeg)).toBe((await download(part!.image_url)).sha256)
    expect(ResponseOfMax.safeParse(bare(data)).error).toBeUndefined()
    expect(MessageResponse.safeParse(bare(data)).error).toBeUndefined()
  })

  it('turns an image into another one', async ({ expect }) => {
    const first = await create({ model: 'sketch-1', input: 'a lake', ...SIZE })
    const image_url = `data:image/png;base64,${partsOf(first)[0]!.image_data}`
    const content = [
      { type: 'input_image', image_url, detail: 'auto' } as const,
      { type: 'input_text', text: 'Transform this into a watercolor painting' } as const,
    ]
    const next = await create({ model: 'sketch-1', input: [{ role: 'user', content }], ...SIZE })
    expect(partsOf(next)).toHaveLength(1)
    const items = await openai.responses.inputItems.list(next.id)
    expect(items.data[0]).toMatchObject({ type: 'message', role: 'user', content })
  })
})

describe.concurrent('responses.create, with the image tool', () => {
  it('gives items that hold images', async ({ expect }) => {
    const answer = await openai.responses.create({
      model: 'gpt-5.4',
      input: 'a lake',
      tools: [{ ...TOOL, model: 'sketch-1' }],
      metadata: { order: '7' },
    })
    expect(ResponseOfSdk.safeParse(bare(answer)).error).toBeUndefined()
    expect(ToolResponse.safeParse(bare(answer)).error).toBeUndefined()
    expect(resultsOf(answer).map(sizeOf)).toEqual(['256x256'])
    expect(answer).toMatchObject({ model: 'gpt-5.4', metadata: { order: '7' } })
  })

  it('draws from what an earlier response drew', async ({ expect }) => {
    const model = 'sketch-1'
    const first = await openai.responses.create({ model, input: 'a lake', tools: [TOOL] })
    const next = await openai.responses.create({
      model,
      input: 'now in blue',
      previous_response_id: first.id,
      tools: [TOOL],
    })
    expect(next.previous_response_id).toBe(first.id)
    expect(next.output[0]).toMatchObject({ action: 'edit' })
    const unknown = openai.responses.create({ model, input: 'x', previous_response_id: 'resp_1' })
    await expect(unknown).rejects.toBeInstanceOf(OpenAI.NotFoundError)
    await expect(unknown).rejects.toMatchObject({ code: 'previous_response_not_found' })
  })

  it('throws what the client knows', async ({ expect }) => {
    const ask = (model: string) =>
      openai.responses.create({ model, input: 'a lake', tools: [TOOL] })
    await expect(ask('sketch-unknown')).rejects.toBeInstanceOf(OpenAI.NotFoundError)
    await expect(ask('sketch-moderated')).rejects.toMatchObject({ code: 'moderation_blocked' })
    await expect(openai.responses.retrieve('resp_1')).rejects.toBeInstanceOf(OpenAI.NotFoundError)
    await expect(openai.responses.retrieve('')).rejects.toMatchObject({ status: 405 })
  })
})

describe.concurrent('background responses of the OpenAI client', () => {
  it.for([
    ['of the image tool', 'sketch-slow', [TOOL]],
    ['of Modular MAX', 'sketch-slow', []],
  ] as const)('%s are retrieved until they are completed', async ([, model, tools], { expect }) => {
    const schema = tools.length > 0 ? ResponseOfSdk : ResponseOfMax
    const queued = await openai.responses.create({
      model,
      input: 'a lake',
      tools: [...tools],
      background: true,
    })
    expect(queued).toMatchObject({ status: 'queued', output: [], output_text: '' })
    expect(schema.safeParse(bare(queued)).error).toBeUndefined()
    const done = await ended(queued.id)
    expect(done).toMatchObject({ id: queued.id, status: 'completed', background: true })
    expect(schema.safeParse(bare(done)).error).toBeUndefined()
    expect(done.output).toHaveLength(1)
  })

  it('are cancelled and deleted', async ({ expect }) => {
    const { id } = await openai.responses.create({
      model: 'sketch-slow',
      input: 'a lake',
      tools: [TOOL],
      background: true,
    })
    const cancelled = await openai.responses.cancel(id)
    expect(cancelled.status).toBe('cancelled')
    expect(ResponseOfSdk.safeParse(bare(cancelled)).error).toBeUndefined()
    expect((await openai.responses.cancel(id)).status).toBe('cancelled')
    await openai.responses.delete(id)
    await expect(openai.responses.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  })

  it('fail as responses, not as requests', async ({ expect }) => {
    const { id } = await openai.responses.create({
      model: 'sketch-moderated',
      input: 'a lake',
      tools: [TOOL],
      background: true,
    })
    const failed = await ended(id)
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'image_content_policy_violation' },
    })
    expect(ResponseOfSdk.safeParse(bare(failed)).error).toBeUndefined()
  })

  it('list what they were asked, page by page', async ({ expect }) => {
    const { id } = await openai.responses.create({
      model: 'sketch-1',
      input: [
        { role: 'system', content: 'Only line art.' },
        { role: 'user', content: 'a lake' },
      ],
      tools: [TOOL],
    })
    const page = await openai.responses.inputItems.list(id, { order: 'asc', limit: 1 })
    const roles: string[] = []
    for await (const item of page) roles.push('role' in item ? item.role : item.type)
    expect(roles).toEqual(['system', 'user'])
    const raw = await openai.responses.inputItems.list(id).asResponse()
    expect(ResponseItemList.safeParse(await raw.json()).error).toBeUndefined()
  })
})

describe('the schemas of OpenAI', () => {
  it('refuse what is no response', ({ expect }) => {
    for (const schema of [ResponseOfSdk, ResponseOfMax])
      expect([{}, { id: 'resp_1' }].filter((answer) => schema.safeParse(answer).success)).toEqual(
        [],
      )
  })
})
