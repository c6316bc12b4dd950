import OpenAI from 'openai'
import type {
  Response,
  ResponseCreateParamsNonStreaming,
} from 'openai/resources/responses/responses'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { sniff } from '../../src/images/sniff.ts'
import { MessageResponse, ToolResponse } from '../http/response-body.ts'
import { download, sha256 } from './client.ts'
import { ResponseItemList, ResponseOfMax, ResponseOfSdk } from './schemas.ts'
import { KINDS } from './upstream-kinds.ts'
import { sent } from './upstream-order.ts'
import { startStage, type Server, type Stage } from './upstream-stage.ts'

/** Who draws: the gateway itself, or the upstream that speaks this API. */
const UPSTREAMS = ['max', 'openai', 'openai-responses'] as const
type Artist = 'sketch' | (typeof UPSTREAMS)[number]

let stage: Stage
let openai: OpenAI
beforeAll(async () => {
  stage = await startStage(UPSTREAMS.map((kind) => ({ id: `my-${kind}`, kind })))
  const baseURL = `${stage.gateway.url}/v1`
  openai = new OpenAI({ apiKey: stage.account.key, baseURL, maxRetries: 0 })
})
afterAll(() => stage.stop())

const serverOf = (artist: Artist): Server | undefined => stage.servers.get(`my-${artist}`)
const modelOf = (artist: Artist): string => serverOf(artist)?.model ?? 'sketch-1'

/** Sides that the model has and that are drawn soon, pixels. */
const sideOf = (artist: Artist): number => (artist.startsWith('openai') ? 1024 : 256)
const sizedFor = (artist: Artist) => {
  const side = sideOf(artist)
  return { provider_options: { image: { width: side, height: side } } }
}
const TOOL = { type: 'image_generation', size: '256x256', quality: 'low' } as const
const toolFor = (artist: Artist) => {
  const side = sideOf(artist)
  return { ...TOOL, model: modelOf(artist), size: `${side}x${side}` as const }
}

/** What the upstream sent is what came; null = the gateway drew itself. */
const isAsSent = (artist: Artist, image: Buffer): boolean | null => {
  const server = serverOf(artist)
  return server ? sent(server).includes(sha256(image)) : null
}

/** The images that reached the upstream, by their hashes. */
const inputsAt = (artist: Artist): string[] =>
  serverOf(artist)?.ledger.calls.flatMap(({ inputs }) => inputs.map((one) => one.sha256)) ?? []

/** A body of Modular MAX, whose fields the client's types do not know. */
const create = (body: ResponseCreateParamsNonStreaming & Record<string, unknown>) =>
  openai.responses.create(body)

interface ImagePart {
  type: string
  image_data: string
  image_url: string
  format: string
}

/** True of an upstream, null of the gateway. */
const told = (artist: Artist): true | null => (artist === 'sketch' ? null : true)

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

/** As the bytes have it. */
function lookOf(bytes: Buffer): string {
  const { type, width, height } = sniff(bytes)!
  return `${type} ${width}x${height}`
}

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
    const image = { width: 512, height: 512, steps: 28 }
    const { data, request_id } = await openai.responses
      .create({
        model,
        input: 'a lake',
        provider_options: { image },
      } as ResponseCreateParamsNonStreaming)
      .withResponse()
    const [part] = partsOf(data)
    const jpeg = Buffer.from(part!.image_data, 'base64')
    expect(lookOf(jpeg)).toBe('image/jpeg 512x512')
    expect(part).toMatchObject({ format: 'jpeg', width: 512, height: 512 })
    expect(data).toMatchObject({ model, status: 'completed', output_text: '' })
    expect(request_id).toMatch(/^req_/)
    expect(sha256(jpeg)).toBe((await download(part!.image_url)).sha256)
    expect(ResponseOfMax.safeParse(bare(data)).error).toBeUndefined()
    expect(MessageResponse.safeParse(bare(data)).error).toBeUndefined()
  })

  it.for(['sketch', 'max', 'openai'] as const)(
    'turns an image into another one, drawn by %s',
    async (artist, { expect }) => {
      const asked = { model: modelOf(artist), ...sizedFor(artist) }
      const first = await create({ ...asked, input: 'a lake' })
      const [part] = partsOf(first)
      const image = Buffer.from(part!.image_data, 'base64')
      expect(isAsSent(artist, image)).toBe(told(artist))
      const image_url = `data:image/${part!.format};base64,${part!.image_data}`
      const content = [
        { type: 'input_image', image_url, detail: 'auto' } as const,
        { type: 'input_text', text: 'Transform this into a watercolor painting' } as const,
      ]
      const next = await create({ ...asked, input: [{ role: 'user', content }] })
      expect(partsOf(next)).toHaveLength(1)
      expect(isAsSent(artist, Buffer.from(partsOf(next)[0]!.image_data, 'base64'))).toBe(
        told(artist),
      )
      if (artist !== 'sketch') expect(inputsAt(artist)).toContain(sha256(image))
      const items = await openai.responses.inputItems.list(next.id)
      expect(items.data[0]).toMatchObject({ type: 'message', role: 'user', content })
    },
  )
})

describe.concurrent('responses.create, with the image tool', () => {
  it.for(['sketch', ...UPSTREAMS] as const)(
    'gives items that hold images, drawn by %s',
    async (artist, { expect }) => {
      const tool = toolFor(artist)
      const answer = await openai.responses.create({
        model: 'gpt-5.4',
        input: 'a lake',
        tools: [tool],
        metadata: { order: '7' },
      })
      expect(ResponseOfSdk.safeParse(bare(answer)).error).toBeUndefined()
      expect(ToolResponse.safeParse(bare(answer)).error).toBeUndefined()
      const images = resultsOf(answer)
      expect(answer.output).toMatchObject([{ size: tool.size }])
      expect(images.map(lookOf)).toEqual([expect.stringContaining(tool.size)])
      expect(images.map((image) => isAsSent(artist, image))).toEqual([told(artist)])
      expect(answer).toMatchObject({ model: 'gpt-5.4', metadata: { order: '7' } })
    },
  )

  it.for([
    ['sketch', false],
    ['max', false],
    ['openai', true],
  ] as const)(
    'draws from what an earlier response drew: %s, in the background: %s',
    async ([artist, background], { expect }) => {
      const asked = { model: modelOf(artist), tools: [toolFor(artist)], background }
      const first = await ended((await openai.responses.create({ ...asked, input: 'a lake' })).id)
      const next = await openai.responses.create({
        ...asked,
        input: 'now in blue',
        previous_response_id: first.id,
      })
      expect(next.previous_response_id).toBe(first.id)
      const done = await ended(next.id)
      expect(done.output[0]).toMatchObject({ action: 'edit' })
      expect(resultsOf(done).map((image) => isAsSent(artist, image))).toEqual([told(artist)])
      if (artist !== 'sketch') expect(inputsAt(artist)).toContain(sha256(resultsOf(first)[0]!))
    },
  )

  it('cannot go on from a response that is not there', async ({ expect }) => {
    const asked = { model: 'sketch-1', input: 'x', previous_response_id: 'resp_1', tools: [TOOL] }
    const unknown = openai.responses.create(asked)
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
    [
      'of the image tool, by an upstream',
      `my-openai/${KINDS.openai.model}`,
      [{ ...TOOL, size: '1024x1024' }],
    ],
    ['of Modular MAX, by an upstream', `my-max/${KINDS.max.model}`, []],
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
