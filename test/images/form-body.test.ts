import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, it, onTestFinished, vi } from 'vitest'
import { formBody } from '../../src/images/form-body.ts'

afterAll(reset)

const bytes = new Uint8Array(70_000).map((_, i) => i % 251)
const file = (key: string, size: number) => ({
  name: 'image[]',
  key,
  bytes: size,
  type: 'image/png',
  filename: 'image.png',
})

describe('a form for an upstream', () => {
  it('arrives as it was written, with files out of R2 and the length it states', async ({
    expect,
  }) => {
    await env.IMAGES_BUCKET.put('inputs/a', bytes)
    const form = await formBody(
      [
        { name: 'prompt', value: 'ein blauer Würfel' },
        file('inputs/a', bytes.length),
        { name: 'n', value: '2' },
      ],
      env.IMAGES_BUCKET,
    )
    if ('missing' in form) throw new Error(form.missing)
    const sent = new Uint8Array(await new Response(form.stream).arrayBuffer())
    expect(sent.length).toBe(form.length)
    const read = await new Response(sent, { headers: { 'content-type': form.type } }).formData()
    expect([read.get('prompt'), read.get('n')]).toEqual(['ein blauer Würfel', '2'])
    const image = read.get('image[]') as unknown as File
    expect([image.name, image.type]).toEqual(['image.png', 'image/png'])
    expect(new Uint8Array(await image.arrayBuffer())).toEqual(bytes)
  })

  it('has its files opened one at a time, as an open one holds a connection', async ({
    expect,
  }) => {
    const keys = ['inputs/c', 'inputs/d', 'inputs/e']
    for (const key of keys) await env.IMAGES_BUCKET.put(key, bytes)
    const got = vi.spyOn(env.IMAGES_BUCKET, 'get')
    onTestFinished(() => got.mockRestore())
    const form = await formBody(
      keys.map((key) => file(key, bytes.length)),
      env.IMAGES_BUCKET,
    )
    expect(got.mock.calls.map(([key]) => key)).toEqual(keys.slice(0, 1))
    await new Response('stream' in form ? form.stream : null).arrayBuffer()
    expect(got.mock.calls.map(([key]) => key)).toEqual(keys)
  })

  it('breaks off when a file was replaced while it was being sent', async ({ expect }) => {
    const keys = ['inputs/f', 'inputs/g']
    for (const key of keys) await env.IMAGES_BUCKET.put(key, bytes)
    const form = await formBody(
      keys.map((key) => file(key, bytes.length)),
      env.IMAGES_BUCKET,
    )
    await env.IMAGES_BUCKET.put('inputs/g', bytes.toReversed())
    const read = new Response('stream' in form ? form.stream : null).arrayBuffer()
    await expect(read).rejects.toThrow()
  })

  it('is not sent when a file is gone or has another size', async ({ expect }) => {
    await env.IMAGES_BUCKET.put('inputs/b', bytes)
    for (const part of [file('inputs/none', 5), file('inputs/b', 5)])
      expect(await formBody([part], env.IMAGES_BUCKET)).toEqual({ missing: part.key })
  })
})
