import fc from 'fast-check'
import { describe, it } from 'vitest'
import { GatewayError } from '../../src/core/error.ts'
import { newMultipart } from '../../src/http/multipart.ts'
import { boundaryOf, type PartHead } from '../../src/http/multipart-head.ts'
import { cutAt } from '../images/sinks.ts'
import { concat, formOf } from './form.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

interface Read {
  head: PartHead
  bytes: Uint8Array
  ended: boolean
}

async function read(pieces: Uint8Array[], boundary: string): Promise<Read[]> {
  const parts: { head: PartHead; pieces: Uint8Array[]; ended: boolean }[] = []
  const form = newMultipart(boundary, {
    begin: (head) => void parts.push({ head, pieces: [], ended: false }),
    data: async (bytes) => void parts.at(-1)!.pieces.push(bytes.slice()),
    end: async () => void (parts.at(-1)!.ended = true),
  })
  for (const piece of pieces) await form.write(piece)
  form.end()
  return parts.map(({ head, pieces: held, ended }) => ({ head, bytes: concat(held), ended }))
}

async function isRefused(pieces: Uint8Array[], boundary: string): Promise<boolean> {
  const caught: unknown = await read(pieces, boundary).catch((error: unknown) => error)
  return caught instanceof GatewayError && caught.shown.code === 'invalid_multipart'
}

/** Text that looks like the edge of a part without being one. */
const decoys = (boundary: string): string[] => [
  '\r\n',
  '\r',
  '\r\n-',
  '\r\n--',
  `--${boundary}`,
  `\r\n--${boundary.slice(0, -1)}`,
  `\n--${boundary}--`,
  '\r\n\r\n',
]

const BOUNDARY = 'X-edge'
const value = fc
  .array(fc.oneof(fc.constantFrom(...decoys(BOUNDARY)), fc.string(), fc.constant('é€😀')), {
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''))
  // Such a text would end the part: clients choose another boundary.
  .filter((text) => !text.includes(`\r\n--${BOUNDARY}`) && !text.startsWith(`--${BOUNDARY}`))

// The runtime's encoder refuses other names.
const fieldName = fc.string().filter((text) => !text.endsWith('\\'))
const field = fc.record({ name: fieldName, value, isFile: fc.boolean() })

type Field = { name: string; value: string; isFile: boolean }

function toForm(fields: Field[]): FormData {
  const form = new FormData()
  for (const { name, value: text, isFile } of fields)
    form.append(name, isFile ? new File([text], 'a"b.png', { type: 'image/png' }) : text)
  return form
}

const bytesOf = async (entry: string | File): Promise<Uint8Array> =>
  typeof entry === 'string' ? encode(entry) : new Uint8Array(await entry.arrayBuffer())

describe('a form', () => {
  it('is what FormData wrote, wherever it is cut', async ({ expect }) => {
    const cuts = fc.array(fc.nat(), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(fc.array(field, { maxLength: 5 }), cuts, async (fields, places) => {
        const form = toForm(fields)
        const request = new Response(form)
        const boundary = boundaryOf(request.headers.get('content-type')!)
        const bytes = new Uint8Array(await request.arrayBuffer())
        const parts = await read(cutAt(bytes, places), boundary)
        const expected = await Promise.all(
          [...form].map(async ([name, entry]) => ({
            head: {
              name,
              isFile: typeof entry !== 'string',
              type: typeof entry === 'string' ? null : entry.type,
            },
            bytes: await bytesOf(entry),
            ended: true,
          })),
        )
        expect(parts).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })

  it('keeps bytes that look like its edges', async ({ expect }) => {
    const cuts = fc.array(fc.nat(), { maxLength: 30 })
    const values = fc.array(value, { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(values, cuts, async (texts, places) => {
        const fields = texts.map((text) => ({ name: 'a', value: text }))
        const parts = await read(cutAt(formOf(fields, BOUNDARY), places), BOUNDARY)
        expect(parts.map(({ bytes }) => bytes)).toEqual(texts.map(encode))
      }),
      { numRuns: 300 },
    )
  })

  it('that ends too early is refused, wherever it ends', async ({ expect }) => {
    const bytes = formOf(
      [
        { name: 'prompt', value: `\r\n--${BOUNDARY.slice(0, 3)}` },
        { name: 'image', value: encode('\r\n\r\n--'), filename: 'a' },
        { name: 'empty', value: '' },
      ],
      BOUNDARY,
    )
    // The last line end may be missing.
    for (let at = 0; at < bytes.length - 2; at++)
      expect(await isRefused(cutAt(bytes.slice(0, at), [at / 3]), BOUNDARY), `${at}`).toBe(true)
    expect(await read([bytes.slice(0, -2)], BOUNDARY)).toHaveLength(3)
  })

  it('may have a boundary of 70 characters, spaces behind it and text around', async ({
    expect,
  }) => {
    const boundary = `a'()+_,-./:=?${'b'.repeat(57)}`
    expect(boundaryOf(`multipart/form-data; charset=x; Boundary="${boundary}"`)).toBe(boundary)
    const form = new TextDecoder().decode(formOf([{ name: 'a', value: 'b' }], boundary))
    const padded = `before\r\n${form.replace(boundary, `${boundary} \t`)}behind`
    const [part, ...others] = await read(cutAt(encode(padded), [90, 100]), boundary)
    expect([part?.head.name, new TextDecoder().decode(part?.bytes), others]).toEqual(['a', 'b', []])
  })
})
