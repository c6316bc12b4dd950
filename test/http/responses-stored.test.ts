import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { parseJobId } from '../../src/core/ids.ts'
import { PNG } from '../images/samples.ts'
import { account, ask, call, generate, type Account, type Answer } from '../support/client.ts'
import { requestOf, stagedOf } from './staged.ts'

let me: Account
let other: Account
beforeAll(async () => {
  me = await account()
  other = await account()
})
afterAll(reset)

const SIDES = { width: 128, height: 128 }
const SMALL = { provider_options: { image: SIDES } }
const TOOLS = { tools: [{ type: 'image_generation', size: '128x128' }] }

const fill = (body: Record<string, unknown>) => ({
  model: 'sketch-1',
  input: 'a red cube',
  ...body,
})

const respond = (body: Record<string, unknown>, key = me.key): Promise<Answer> =>
  ask('/v1/responses', { key, body: fill(body) })

const send = (body: Record<string, unknown>, headers: Record<string, string> = {}) =>
  call('/v1/responses', { key: me.key, body: fill(body), headers })

const read = (path: string, key = me.key, method = 'GET'): Promise<Answer> =>
  ask(`/v1/responses/${path}`, { key, method })

const jobOf = ({ headers }: Answer): string => headers.get('x-darkroom-job')!
/** Its input images, as base64. */
async function drawnFrom(answer: Answer): Promise<string[]> {
  const { inputs } = await requestOf(jobOf(answer))
  const bytes = inputs.map(async (input) => {
    if ('url' in input) return input.url
    const object = await env.IMAGES_BUCKET.get('r2' in input ? input.r2 : input.image)
    return object ? new Uint8Array(await object.arrayBuffer()).toBase64() : 'gone'
  })
  return Promise.all(bytes)
}
const dataUrl = (bytes: Uint8Array) => `data:image/png;base64,${bytes.toBase64()}`

describe('an earlier answer', () => {
  it('feeds its images into the next one; each may be deleted without the other', async ({
    expect,
  }) => {
    const first = await respond({ ...SMALL, n: 2 })
    const next = await respond({
      previous_response_id: first.json.id,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'in blue' },
            { type: 'input_image', image_url: dataUrl(PNG) },
          ],
        },
      ],
      ...SMALL,
    })
    expect(next.json).toMatchObject({ status: 'completed', previous_response_id: first.json.id })
    const { operation, prompt } = await requestOf(jobOf(next))
    expect([operation, prompt]).toEqual(['edit', 'in blue'])
    const parts = first.json.output[0].content as { image_data: string }[]
    const made = parts.map((part) => part.image_data)
    expect(await drawnFrom(next)).toEqual([...made, PNG.toBase64()])
    // An older version of this code deletes what lies under an `r2`.
    const { inputs } = await requestOf(jobOf(next))
    expect(inputs.map((input) => 'r2' in input)).toEqual([false, false, true])
    const sibling = await respond({ previous_response_id: first.json.id, ...SMALL })
    expect((await read(sibling.json.id, me.key, 'DELETE')).json.deleted).toBe(true)
    expect(await drawnFrom(next)).toEqual([...made, PNG.toBase64()])
    expect((await read(first.json.id, me.key, 'DELETE')).json).toEqual({
      id: first.json.id,
      object: 'response',
      deleted: true,
    })
    expect(await drawnFrom(next)).toEqual(['gone', 'gone', PNG.toBase64()])
    expect((await read(next.json.id, me.key, 'DELETE')).json.deleted).toBe(true)
    expect(await stagedOf(me.tenant)).toEqual(new Map())
  })

  it('is put back by the id of one of its items', async ({ expect }) => {
    const first = await respond({ ...TOOLS, n: 2 })
    const input = [
      { type: 'image_generation_call', id: first.json.output[1].id },
      { role: 'user', content: 'in blue' },
    ]
    const next = await respond({ input, ...TOOLS })
    expect(next.json.output[0].action).toBe('edit')
    expect(await drawnFrom(next)).toEqual([first.json.output[1].result])
    const twice = await respond({ input, previous_response_id: first.json.id, ...TOOLS })
    expect(await drawnFrom(twice)).toHaveLength(2)
    const items = await read(`${next.json.id}/input_items?order=asc`)
    expect(items.json.data.map(({ type }: { type: string }) => type)).toEqual([
      'image_generation_call',
      'message',
    ])
  })

  it('is put back behind the message that is about it, by an id that must be known', async ({
    expect,
  }) => {
    const first = await respond(TOOLS)
    const behind = (id: string) =>
      respond({
        input: [
          { role: 'user', content: [{ type: 'input_text', text: 'in blue' }] },
          { type: 'image_generation_call', id },
        ],
        ...TOOLS,
      })
    const next = await behind(first.json.output[0].id)
    expect(next.json.output[0].action).toBe('edit')
    expect((await requestOf(jobOf(next))).inputs).toHaveLength(1)
    const unknown = await behind('ig_nothing')
    expect([unknown.status, unknown.json.error.param]).toEqual([404, 'input.1.id'])
  })

  it.for([
    ['the image tool', { ...TOOLS, n: 2 }],
    ['Modular MAX', { provider_options: { image: { ...SIDES, num_images: 2 } } }],
  ] as const)('of %s is put back as it was, with its bytes', async ([, fields], { expect }) => {
    const first = await respond(fields)
    const { output } = first.json
    const input = [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'x' },
          { type: 'input_image', image_url: dataUrl(PNG) },
        ],
      },
      ...output,
      { role: 'user', content: 'in blue' },
    ]
    const next = await respond({ ...fields, input })
    expect(next.status).toBe(200)
    const { operation } = await requestOf(jobOf(next))
    const made = output.flatMap(
      (item: { result?: string; content?: { image_data: string }[] }) =>
        item.result ?? item.content!.map((part) => part.image_data),
    )
    expect(operation).toBe('edit')
    expect(await drawnFrom(next)).toEqual(made)
    // What was not drawn from is not kept.
    const items = await read(`${next.json.id}/input_items?order=asc`)
    expect(items.json.data[0].content).toEqual([
      { type: 'input_text', text: 'x' },
      { type: 'input_image', detail: 'auto', image_url: null },
    ])
    const [, answer] = items.json.data
    if (output[0].type === 'message') expect(answer.content).toEqual(output[0].content)
    expect(JSON.stringify(items.json)).not.toContain('sha256')
  })

  it('of a long conversation is the newest, however many are put back, beside 128 tools', async ({
    expect,
  }) => {
    const first = await respond(TOOLS)
    const { output } = first.json
    const said = { role: 'user', content: 'in blue' }
    const input = Array.from({ length: 18 }, () => [...output, said]).flat()
    const parameters = {
      type: 'object',
      properties: { a: { type: 'string' }, b: {}, c: {}, d: {} },
    }
    const functions = Array.from({ length: 127 }, (_, i) => ({
      type: 'function',
      name: `f${i}`,
      parameters,
      strict: true,
    }))
    const next = await respond({ input, tools: [...TOOLS.tools, ...functions] })
    expect([next.status, next.json.error]).toEqual([200, null])
    expect(await drawnFrom(next)).toEqual([output[0].result])
    const { error } = (
      await respond({ input: Array.from({ length: 129 }, () => [output[0], said]).flat() })
    ).json
    expect(error).toMatchObject({ param: 'input', code: 'array_above_max_length' })
  })

  it('is found by nobody else, and only where it has images', async ({ expect }) => {
    const { json } = await respond(SMALL)
    const foreign = await respond({ previous_response_id: json.id, ...SMALL }, other.key)
    expect([foreign.status, foreign.json.error.code]).toEqual([404, 'previous_response_not_found'])
    const images = await generate(me.key, { prompt: 'x', size: '64x64' })
    const wrong = await respond({ previous_response_id: jobOf(images).replace('job', 'resp') })
    expect(wrong.status).toBe(404)
    const failed = await respond({ ...SMALL, model: 'sketch-moderated', background: true })
    await ask(`/v1/jobs/${failed.json.id}?wait=10`, { key: me.key })
    const none = await respond({ previous_response_id: failed.json.id, ...SMALL })
    expect([none.status, none.json.error.param]).toEqual([400, 'previous_response_id'])
  })

  it('makes equal requests equal by its bytes', async ({ expect }) => {
    const { json } = await respond({ ...SMALL, seed: 3 })
    const asked = { ...SMALL, previous_response_id: json.id, seed: 4 }
    const [one, two] = [await respond(asked), await respond(asked)]
    expect(two.headers.get('x-darkroom-cache')).toBe('hit')
    expect(two.json).toEqual(one.json)
  })
})

describe('a stored response', () => {
  it('is found under /v1/responses only if it was asked for there', async ({ expect }) => {
    const images = await generate(me.key, { prompt: 'x', size: '64x64' })
    expect((await read(jobOf(images).replace('job', 'resp'))).status).toBe(404)
    const { json } = await respond(SMALL)
    expect((await read(json.id, other.key)).status).toBe(404)
    expect(parseJobId(json.id)).not.toBe(null)
    expect((await ask(`/v1/jobs/${json.id}`, { key: me.key })).json.status).toBe('succeeded')
  })

  it('is answered by the job of a response that tells the same, seeded or repeated', async ({
    expect,
  }) => {
    const seeded = { input: 'a seeded cube', seed: 9 }
    const images = await generate(me.key, { prompt: 'a seeded cube', size: '128x128', seed: 9 })
    const part = { type: 'input_image', image_url: dataUrl(PNG) }
    const content = [{ type: 'input_text', text: 'in blue' }, part]
    const told = [
      { ...SMALL, ...seeded },
      { ...TOOLS, ...seeded },
      { ...TOOLS, ...seeded, metadata: { a: '1' } },
      { ...TOOLS, ...seeded, background: true, stream: true },
      { ...TOOLS, input: [{ role: 'user', content }], seed: 9 },
    ]
    const jobs = [jobOf(images)]
    for (const [i, body] of told.entries()) {
      const twice = [{}, {}].map(async () => {
        const answer = await send(body, { 'idempotency-key': `told-${i}` })
        const text = await answer.text()
        return { job: answer.headers.get('x-darkroom-job')!, text }
      })
      const [first, again] = await Promise.all(twice)
      expect(again).toEqual(first)
      const seed = await send(body)
      expect([await seed.text(), seed.headers.get('x-darkroom-job')]).toEqual([
        first!.text,
        first!.job,
      ])
      const { json } = await read(first!.job)
      expect(first!.text).toContain(JSON.stringify(json.output[0]))
      const resumed = await call(`/v1/responses/${json.id}?stream=true`, { key: me.key })
      const events = await resumed.text()
      expect(events).toContain('event: response.completed')
      if ('stream' in body) expect(events).toBe(first!.text)
      jobs.push(first!.job)
    }
    expect(new Set(jobs).size).toBe(jobs.length)
    const untold = await send(told[1]!, { 'idempotency-key': 'told-0' })
    expect(untold.status).toBe(422)
    await untold.body?.cancel()
  })

  it('tells what was asked, item by item, with the images', async ({ expect }) => {
    const content = [
      { type: 'input_text', text: 'in blue' },
      { type: 'input_image', image_url: dataUrl(PNG), detail: 'high' },
    ]
    const input = [
      { role: 'system', content: 'Only line art.' },
      { role: 'assistant', content: 'Yes.' },
      { role: 'user', content },
    ]
    const { json } = await respond({ input, ...SMALL })
    const all = await read(`${json.id}/input_items?order=asc`)
    const shape = { type: 'message', status: 'completed' }
    expect(all.json.data).toMatchObject([
      { ...shape, role: 'system', content: [{ type: 'input_text', text: 'Only line art.' }] },
      { ...shape, role: 'assistant', content: [{ type: 'output_text', text: 'Yes.' }] },
      { ...shape, role: 'user', content },
    ])
    const file = { type: 'input_file', filename: 'a.png', file_data: dataUrl(PNG) }
    const parts = [{ type: 'input_text', text: 'in blue' }, file]
    const filed = await respond({ input: [{ role: 'user', content: parts }], ...SMALL })
    const filedItems = await read(`${filed.json.id}/input_items`)
    expect(filedItems.json.data[0].content).toEqual(parts)
    const [newest] = all.json.data.toReversed()
    const page = await read(`${json.id}/input_items?limit=1`)
    expect(page.json).toMatchObject({ data: [newest], first_id: newest.id, has_more: true })
    const rest = await read(`${json.id}/input_items?after=${newest.id}`)
    expect(rest.json.data).toHaveLength(2)
    expect(rest.json.has_more).toBe(false)
    expect((await read(`${json.id}/input_items?after=x`)).status).toBe(400)
    const disordered = await read(`${json.id}/input_items?order=foo`)
    expect([disordered.status, disordered.json.error.param]).toEqual([400, 'order'])
    const plain = await respond(SMALL)
    expect((await read(`${plain.json.id}/input_items`)).json.data).toMatchObject([
      { role: 'user', content: [{ type: 'input_text', text: 'a red cube' }] },
    ])
  })
})
