import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { pngSize } from './inputs.ts'
import { startUpstreams, type Upstreams } from './start.ts'

const REQUEST = {
  model: 'gpt-5.5',
  input: 'draw a mill',
  tools: [{ type: 'image_generation' as const, size: '1536x1024' as const }],
}
/** Long enough to be seen unfinished, and for ever as tests go. */
const SLOW = '[[latency=400]]'
const NEVER = '[[latency=600000]]'

let upstreams: Upstreams
let openai: OpenAI
beforeAll(async () => {
  upstreams = await startUpstreams()
  openai = new OpenAI({ apiKey: 'k', baseURL: `${upstreams.url}/openai/v1`, maxRetries: 0 })
})
beforeEach(() => upstreams.reset())
afterAll(() => upstreams.stop())

function imagesOf({ output }: OpenAI.Responses.Response): Buffer[] {
  return output.flatMap((item) =>
    item.type === 'image_generation_call' ? [Buffer.from(item.result ?? '', 'base64')] : [],
  )
}

describe('responses with the image tool', () => {
  it('hold the image when they are complete', async ({ expect }) => {
    const response = await openai.responses.create(REQUEST)
    expect(response.status).toBe('completed')
    expect(imagesOf(response).map(pngSize)).toEqual(['1536x1024'])
    expect(response.output[0]).toMatchObject({ action: 'generate', quality: 'high' })
    expect(await openai.responses.retrieve(response.id)).toMatchObject({ id: response.id })
    expect(upstreams.ledger.calls).toMatchObject([{ model: 'gpt-image-2', prompt: 'draw a mill' }])
  })

  it('run in the background until they are retrieved complete', async ({ expect }) => {
    const input = `draw ${SLOW}`
    let response = await openai.responses.create({ ...REQUEST, input, background: true })
    expect(response).toMatchObject({ status: 'queued', output: [], background: true })
    const seen = new Set<string>()
    while (response.status === 'queued' || response.status === 'in_progress') {
      response = await openai.responses.retrieve(response.id)
      seen.add(response.status!)
    }
    // A slow machine may miss some, but none comes out of turn.
    const order = ['queued', 'in_progress', 'completed'].filter((status) => seen.has(status))
    expect([...seen]).toEqual(order)
    expect(response.status).toBe('completed')
    expect(imagesOf(response)).toHaveLength(1)
    expect(upstreams.ledger.calls).toMatchObject([{ cancelled: false }])
  })

  it('can be cancelled, twice, but not after the end or in the foreground', async ({ expect }) => {
    const input = `draw ${NEVER}`
    const { id } = await openai.responses.create({ ...REQUEST, input, background: true })
    expect(await openai.responses.cancel(id)).toMatchObject({ status: 'cancelled', output: [] })
    expect(await openai.responses.cancel(id)).toMatchObject({ status: 'cancelled' })
    expect(upstreams.ledger.calls).toMatchObject([{ cancelled: true }])
    const done = await openai.responses.create({ ...REQUEST, background: true })
    expect(await openai.responses.cancel(done.id)).toMatchObject({ status: 'completed' })
    const direct = await openai.responses.create(REQUEST)
    await expect(openai.responses.cancel(direct.id)).rejects.toThrow(/synchronous/)
  })

  it('stream their life, and again from a number on', async ({ expect }) => {
    const tools = [{ type: 'image_generation' as const, partial_images: 1 }]
    const stream = openai.responses.stream({ ...REQUEST, tools, background: true })
    const types: string[] = []
    const numbers: number[] = []
    for await (const event of stream) {
      types.push(event.type)
      numbers.push(event.sequence_number)
    }
    expect(types).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
      'response.output_item.added',
      'response.image_generation_call.in_progress',
      'response.image_generation_call.generating',
      'response.image_generation_call.partial_image',
      'response.image_generation_call.completed',
      'response.output_item.done',
      'response.completed',
    ])
    expect(numbers).toEqual(types.map((_, at) => at))
    const final = await stream.finalResponse()
    expect(imagesOf(final as OpenAI.Responses.Response)).toHaveLength(1)
    const rest: number[] = []
    const resumed = { stream: true, starting_after: 7 } as const
    for await (const event of await openai.responses.retrieve(final.id, resumed)) {
      rest.push(event.sequence_number)
    }
    expect(rest).toEqual([8, 9])
  })

  it('end their stream when they are cancelled', async ({ expect }) => {
    const request = { ...REQUEST, input: NEVER, background: true, stream: true } as const
    const types: string[] = []
    for await (const event of await openai.responses.create(request)) {
      types.push(event.type)
      if (event.type === 'response.queued') await openai.responses.cancel(event.response.id)
    }
    expect(types).toEqual(['response.created', 'response.queued'])
  })

  it('take images: given, of an item before, and of a response before', async ({ expect }) => {
    const first = await openai.responses.create(REQUEST)
    const image_url = `data:image/png;base64,${imagesOf(first)[0]!.toString('base64')}`
    const again = await openai.responses.create({
      ...REQUEST,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'once more' },
            { type: 'input_image', image_url, detail: 'auto' },
          ],
        },
        { type: 'image_generation_call', id: first.output[0]!.id! } as never,
      ],
      previous_response_id: first.id,
    })
    expect(again.output[0]).toMatchObject({ action: 'edit' })
    expect(upstreams.ledger.calls[1]).toMatchObject({ prompt: 'once more' })
    expect(upstreams.ledger.calls[1]!.inputs).toHaveLength(3)
  })

  it('fail as jobs, are unknown to other keys, and can be deleted', async ({ expect }) => {
    upstreams.faults.add({ kind: 'job_failed', code: 'image_content_policy_violation' })
    const failed = await openai.responses.create({ ...REQUEST, background: true })
    expect(await openai.responses.retrieve(failed.id)).toMatchObject({
      status: 'failed',
      error: { code: 'image_content_policy_violation' },
    })
    const other = new OpenAI({ apiKey: 'other', baseURL: openai.baseURL, maxRetries: 0 })
    await expect(other.responses.retrieve(failed.id)).rejects.toThrow(OpenAI.NotFoundError)
    await openai.responses.delete(failed.id)
    await expect(openai.responses.retrieve(failed.id)).rejects.toThrow(OpenAI.NotFoundError)
  })

  it('refuse wrong options by the place they have in the tool', async ({ expect }) => {
    const tools = [{ type: 'image_generation' as const, size: '10x10' as 'auto' }]
    await expect(openai.responses.create({ ...REQUEST, tools })).rejects.toMatchObject({
      status: 400,
      param: 'tools[0].size',
    })
    const body = { ...REQUEST, provider_options: {} }
    await expect(openai.post('/responses', { body })).rejects.toMatchObject({
      code: 'unknown_parameter',
    })
    expect(upstreams.ledger.calls).toEqual([])
  })
})
