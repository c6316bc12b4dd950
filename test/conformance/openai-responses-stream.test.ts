import OpenAI from 'openai'
import type {
  ResponseStreamEvent as Event,
  ResponseCreateParamsStreaming,
} from 'openai/resources/responses/responses'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { openAccount } from './client.ts'
import { ResponseStreamEvent } from './schemas.ts'

let gateway: Gateway
let openai: OpenAI
beforeAll(async () => {
  gateway = await startGateway()
  const { key } = await openAccount(gateway.url)
  openai = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
})
afterAll(() => gateway.stop())

const TOOL = { type: 'image_generation', size: '512x512', partial_images: 2 } as const
const ask = (more: Partial<ResponseCreateParamsStreaming> = {}): ResponseCreateParamsStreaming => ({
  model: 'sketch-1',
  input: 'a lake',
  tools: [TOOL],
  stream: true,
  ...more,
})
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
    ['of Modular MAX', ask({ tools: [] })],
    ['of Modular MAX, in the background', ask({ tools: [], background: true })],
  ] as const)('%s ends with the final response', async ([, body], { expect }) => {
    const stream = openai.responses.stream(body)
    const final = await stream.finalResponse()
    expect(final).toMatchObject({ status: 'completed', model: 'sketch-1' })
    expect(final.output).toHaveLength(1)
    expect(JSON.stringify(final.output)).toContain('iVBOR')
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
