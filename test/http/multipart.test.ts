import fc from 'fast-check'
import { describe, it } from 'vitest'
import { GatewayError } from '../../src/core/error.ts'
import { newMultipart } from '../../src/http/multipart.ts'
import { boundaryOf, type PartHead } from '../../src/http/multipart-head.ts'
import { cutAt, noise } from '../images/sinks.ts'
import { concat, formOf, type Part } from './form.ts'

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

async function refusal(pieces: Uint8Array[], boundary: string) {
  const caught: unknown = await read(pieces, boundary).catch((error: unknown) => error)
  return caught instanceof GatewayError ? caught.shown : caught
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

describe('a form', () => {
  it('is what FormData wrote, wherever it is cut', async ({ expect }) => {
    // The runtime's encoder refuses such names.
    const name = fc.string().filter((text) => !text.endsWith('\\'))
    const field = fc.record({ name, value, isFile: fc.boolean() })
    const cuts = fc.array(fc.nat(), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(fc.array(field, { maxLength: 5 }), cuts, async (fields, places) => {
        const form = new FormData()
        for (const it of fields)
          form.append(
            it.name,
            it.isFile ? new File([it.value], 'a"b.png', { type: 'image/png' }) : it.value,
          )
        const request = new Response(form)
        const boundary = boundaryOf(request.headers.get('content-type')!)
        const bytes = new Uint8Array(await request.arrayBuffer())
        const parts = await read(cutAt(bytes, places), boundary)
        const expected = [...form].map(([name, it]) => ({
          name,
          isFile: typeof it !== 'string',
          type: typeof it === 'string' ? null : it.type,
        }))
        expect(parts.map(({ head }) => head)).toEqual(expected)
        const sent = await Promise.all(
          [...form].map(async ([, it]) =>
            typeof it === 'string' ? encode(it) : new Uint8Array(await it.arrayBuffer()),
          ),
        )
        expect(parts.map((part) => part.bytes)).toEqual(sent)
        expect(parts.every(({ ended }) => ended)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('keeps bytes that look like its edges', async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        async (values, places) => {
          const bytes = formOf(
            values.map((it) => ({ name: 'a', value: it })),
            BOUNDARY,
          )
          const parts = await read(cutAt(bytes, places), BOUNDARY)
          expect(parts.map((part) => part.bytes)).toEqual(values.map(encode))
        },
      ),
      { numRuns: 300 },
    )
  })
})
