import OpenAI from 'openai'
import type {
  ResponseStreamEvent as Event,
  ResponseCreateParamsStreaming,
} from 'openai/resources/responses/responses'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { sha256 } from './client.ts'
import { ResponseStreamEvent } from './schemas.ts'
import { KINDS } from './upstream-kinds.ts'
import { sent } from './upstream-order.ts'
import { startStage, type Stage } from './upstream-stage.ts'

let stage: Stage
let openai: OpenAI
beforeAll(async () => {
  stage = await startStage(
    (['max', 'openai', 'openai-responses'] as const).map((kind) => ({ id: `my-${kind}`, kind })),
  )
  const baseURL = `${stage.gateway.url}/v1`
  openai = new OpenAI({ apiKey: stage.account.key, baseURL, maxRetries: 0 })
})
afterAll(() => stage.stop())

const TOOL = { type: 'image_generation', size: '512x512', partial_images: 2 } as const
const ask = (more: Partial<ResponseCreateParamsStreaming> = {}): ResponseCreateParamsStreaming => ({
  model: 'sketch-1',
  input: 'a lake',
  tools: [TOOL],
  stream: true,
  ...more,
})
const LARGE = { ...TOOL, size: '1024x1024' } as const
const MAX = { model: `my-max/${KINDS.max.model}`, tools: [] }
const OF_OPENAI = { model: `my-openai/${KINDS.openai.model}`, tools: [LARGE] }
const OF_RESPONSES = {
  ...OF_OPENAI,
  model: OF_OPENAI.model.replace('my-openai', 'my-openai-responses'),
}
const SLOW = { model: 'sketch-slow', background: true } as const

async function all(stream: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = []
  for await (const event of stream) events.push(event)
  return events
}

const numbersOf = (events: Event[]) => events.map(({ sequence_number: n }) => n)

describe.concurrent('responses.create with stream: true', () => {
  it('yields events of OpenAI, numbered without a gap', async ({ expect }) => {
    const events = await all(await openai.responses.create(ask()))
    for (const event of events)
      expect([event.type, ResponseStreamEvent.safeParse(event).error]).toEqual([
        event.type,
        undefined,
      ])
    expect(numbersOf(events)).toEqual(events.map((_, n) => n))
    const partial = events.flatMap((event) =>
      event.type === 'response.image_generation_call.partial_image'
        ? [Buffer.from(event.partial_image_b64, 'base64').readUInt32BE(16)]
        : [],
    )
    expect(partial).toEqual([64, 128])
  })

  it('is resumed behind an event, whoever drops the line', async ({ expect }) => {
    const first: Event[] = []
    for await (const event of await openai.responses.create(ask(SLOW))) {
      first.push(event)
      if (event.type.endsWith('.generating')) break
    }
    const [created] = first
    if (created?.type !== 'response.created') throw new Error('nothing was created')
    const last = first.at(-1)!.sequence_number
    const query = { stream: true, starting_after: last } as const
    const rest = await all(await openai.responses.retrieve(created.response.id, query))
    expect(numbersOf([...first, ...rest])).toEqual([...first, ...rest].map((_, n) => n))
    expect(rest.at(-1)).toMatchObject({ type: 'response.completed' })
  })
})

describe.concurrent('responses.stream', () => {
  it.for([
    ['of the image tool', ask()],
    ['of the image tool, in the background', ask({ background: true })],
    ['of the image tool, by OpenAI', ask(OF_OPENAI)],
    ['of the image tool, by its Responses', ask({ ...OF_RESPONSES, background: true })],
    ['of Modular MAX', ask({ tools: [] })],
    ['of Modular MAX, in the background', ask({ tools: [], background: true })],
    ['of Modular MAX, by its server', ask(MAX)],
    ['of Modular MAX, by its server, in the background', ask({ ...MAX, background: true })],
  ] as const)('%s ends with the final response', async ([, body], { expect }) => {
    const stream = openai.responses.stream(body)
    const final = await stream.finalResponse()
    expect(final).toMatchObject({ status: 'completed', model: body.model })
    expect(final.output).toHaveLength(1)
    const data = /"(?:result|image_data)":"([^"]+)"/.exec(JSON.stringify(final.output))![1]!
    expect(data).toMatch(/^(iVBOR|\/9j\/)/)
    const server = stage.servers.get(String(body.model).split('/')[0]!)
    if (server) expect(sent(server)).toContain(sha256(Buffer.from(data, 'base64')))
    const stored = await openai.responses.retrieve(final.id)
    expect(final.output).toMatchObject(stored.output)
  })

  it.for([['sketch-moderated'], ['sketch-502']] as const)(
    'resolves with a failed response: %s',
    async ([model], { expect }) => {
      for (const tools of [[TOOL], []]) {
        const final = await openai.responses.stream(ask({ model, tools })).finalResponse()
        expect(final).toMatchObject({ status: 'failed', error: { message: expect.any(String) } })
      }
    },
  )

  it('replays a stored response', async ({ expect }) => {
    const { id } = await openai.responses.create({ ...ask({ background: true }), stream: false })
    const final = await openai.responses.stream({ response_id: id }).finalResponse()
    expect([final.id, final.status]).toEqual([id, 'completed'])
  })

  it('ends when the response is cancelled', async ({ expect }) => {
    const events: Event[] = []
    for await (const event of await openai.responses.create(ask(SLOW))) {
      events.push(event)
      if (event.type === 'response.created') await openai.responses.cancel(event.response.id)
    }
    expect(events.map(({ type }) => type).filter((type) => /completed|failed/.test(type))).toEqual(
      [],
    )
  })
})
