import { reset } from 'cloudflare:test'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { pngOf } from '../images/samples.ts'
import { noise, streamOf } from '../images/sinks.ts'
import { account, ask, generate, type Account } from '../support/client.ts'
import { formOf, formType } from './form.ts'
import { stagedOf } from './staged.ts'

const MIB = 1024 * 1024
const encode = (text: string) => new TextEncoder().encode(text)

let me: Account
beforeAll(async () => {
  me = await account()
  await generate(me.key, { prompt: 'warm up', size: '64x64' })
})
afterAll(reset)

const send = (body: ReadableStream, headers = formType()) =>
  ask('/v1/images/edits', { key: me.key, body, headers })

/** Goes on for ever without telling a length; counts what was taken. */
function endless(head: Uint8Array, filler: Uint8Array) {
  const sent = { bytes: 0 }
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = sent.bytes === 0 ? head : filler
      sent.bytes += piece.length
      controller.enqueue(piece.slice())
    },
  })
  return { body, sent }
}

/** A form up to the middle of its last part. */
const begun = (name: string, value: Uint8Array, type: string): Uint8Array =>
  formOf([{ name, value, type }], 'edge').slice(0, -'\r\n--edge--\r\n'.length)

describe('a body that is too large', () => {
  it('is refused at once when it tells its length', async ({ expect }) => {
    const headers = { ...formType(), 'content-length': String(64 * MIB + 1) }
    const { status, json } = await send(streamOf(encode('--')), headers)
    expect([status, json.error.code]).toEqual([413, 'body_too_large'])
  })

  it('is cut off at 64 MiB, and nothing stays', async ({ expect }) => {
    const filler = new Uint8Array(MIB)
    const head = begun('extra', noise(9), 'video/mp4')
    const { body, sent } = endless(head, filler)
    const { status } = await send(body, formType('edge'))
    expect(status).toBe(413)
    expect(sent.bytes).toBeLessThan(67 * MIB)
    expect(await stagedOf(me.tenant)).toEqual(new Map())
  })

  it('is refused for a file of more than 20 MiB, and read on to 64 MiB at most', async ({
    expect,
  }) => {
    const head = begun('image', pngOf(64 * 1024).slice(0, -12), 'image/png')
    const filler = noise(MIB)
    const { body, sent } = endless(head, filler)
    const { status, json } = await send(body, formType('edge'))
    expect([status, json.error.param]).toEqual([400, 'image'])
    expect(json.error.message).toContain('at most 20971520 bytes')
    expect(sent.bytes).toBeLessThan(67 * MIB)
    expect(await stagedOf(me.tenant)).toEqual(new Map())
  })

  it('as JSON is cut off at 32 MiB', async ({ expect }) => {
    const filler = encode('A'.repeat(MIB))
    const head = encode('{"prompt":"a","extra":"data:image/png;base64,')
    const { body, sent } = endless(head, filler)
    const { status } = await send(body, { 'content-type': 'application/json' })
    expect(status).toBe(413)
    expect(sent.bytes).toBeLessThan(35 * MIB)
    expect(await stagedOf(me.tenant)).toEqual(new Map())
  })
})
