import fc from 'fast-check'
import { describe, it } from 'vitest'
import { newJsonScan } from '../../src/images/scan-json.ts'
import { cutAt, newSinks, noise } from './sinks.ts'

const LONG = 2000
const encode = (text: string) => new TextEncoder().encode(text)

const isLong = (text: string) => text.startsWith('data:') && text.length > LONG

async function scanned(pieces: Uint8Array[]) {
  const sinks = newSinks()
  const starts: string[] = []
  const scan = newJsonScan({
    imageKeys: [],
    dataUrlBytes: LONG,
    fatal: true,
    maxSkeletonBytes: 100_000,
    sink(n, start) {
      starts.push(start)
      return sinks.sink(n)
    },
  })
  for (const piece of pieces) await scan.write(piece)
  return { result: await scan.end(), starts, ...sinks }
}

describe('JSON with data URLs', () => {
  it('loses the long ones to sinks, under any key, and no other text', async ({ expect }) => {
    const url = fc
      .record({ length: fc.integer({ min: 0, max: 4000 }), seed: fc.nat(99) })
      .map(({ length, seed }) => `data:image/png;base64,${noise(length, seed).toBase64()}`)
    const text = fc.oneof(url, fc.constant('x'.repeat(LONG + 1)), fc.string())
    const cuts = fc.array(fc.nat(), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), text), cuts, async (json, places) => {
        const { result, images } = await scanned(cutAt(encode(JSON.stringify(json)), places))
        const expected = Object.values(json).filter(isLong)
        let n = 0
        const skeleton = Object.entries(json).map(([key, value]) => [
          key,
          isLong(value) ? { $image: n++ } : value,
        ])
        expect(result).toMatchObject({ ok: true, json: Object.fromEntries(skeleton) as object })
        expect(images().map((bytes) => `data:image/png;base64,${bytes.toBase64()}`)).toEqual(
          expected,
        )
      }),
      { numRuns: 200 },
    )
  })

  it('tells how each begins, also when its slashes are escaped', async ({ expect }) => {
    const bytes = noise(200_000)
    const escaped = `data:image/png;base64,${bytes.toBase64()}`.replaceAll('/', '\\/')
    const { starts, images } = await scanned(
      cutAt(encode(`{"a":["${escaped}"]}`), [60_000, 120_000, 180_000]),
    )
    expect(starts[0]).toMatch(/^data:image\\\/png;base64,/)
    expect(images()).toEqual([bytes])
  })

  it('that is not UTF-8 is refused', async ({ expect }) => {
    const bytes = encode('{"prompt":"a"}').map((byte) => (byte === 0x61 ? 0xff : byte))
    expect((await scanned([bytes])).result).toMatchObject({ ok: false, reason: 'not_json' })
  })
})
