import fc from 'fast-check'
import { describe, it } from 'vitest'
import { hasContentCredentials, isWhole, sniff } from '../../src/images/sniff.ts'
import { AVIF, JPEG, PNG, samples } from './samples.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const join = (...parts: Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]))
const file = (bytes: Uint8Array) => ({
  head: bytes,
  tail: bytes.subarray(-1024),
  bytes: bytes.length,
})
/** Replaces the only occurrence of a text by one of equal length. */
function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const at = Buffer.from(bytes).indexOf(from)
  return join(bytes.subarray(0, at), bytesOf(to), bytes.subarray(at + from.length))
}
/** A JPEG segment. */
const segment = (marker: number, content: Uint8Array) =>
  join(
    new Uint8Array([0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255]),
    content,
  )

describe('an image', () => {
  it.for(samples)(
    'is recognised with its size: $name',
    ({ bytes, type, width, height }, { expect }) => {
      expect(sniff(bytes)).toEqual({ type, width, height })
      expect(isWhole(sniff(bytes)!.type, file(bytes))).toBe(true)
    },
  )

  it('has the size of its JPEG frame, whatever size its thumbnail has', ({ expect }) => {
    const app1 = segment(
      0xe1,
      join(bytesOf('Exif\0\0'), replaced(JPEG, '\0\x04\0\x05', '\0\x77\0\x77')),
    )
    expect(sniff(join(JPEG.subarray(0, 2), app1, JPEG.subarray(2)))).toMatchObject({
      width: 5,
      height: 4,
    })
  })

  it('has the size of its JPEG frame also behind a Huffman table', ({ expect }) => {
    const table = segment(0xc4, new Uint8Array(17).fill(9))
    const jpeg = join(JPEG.subarray(0, 2), table, JPEG.subarray(2))
    expect(sniff(jpeg)).toMatchObject({ width: 5, height: 4 })
  })

  it('has the size of its AVIF primary item, as it is shown after a quarter turn', ({ expect }) => {
    // A turn instead of `pixi`; its content is the angle in quarter turns.
    const turned = replaced(
      replaced(AVIF, 'pixi\0\0\0\0', 'irot\x01\0\0\0'),
      '\0\0\0\x10irot',
      '\0\0\0\x10irot',
    )
    expect(sniff(turned)).toMatchObject({ width: 5, height: 8 })
  })

  it('has no size rather than a wrong one when its header makes no sense', ({ expect }) => {
    expect(sniff(replaced(PNG, 'IHDR', 'IXXX'))).toEqual({
      type: 'image/png',
      width: null,
      height: null,
    })
    expect(sniff(replaced(AVIF, 'pitm', 'xxxx'))).toMatchObject({ width: null })
    const flat = PNG.slice()
    flat.fill(0, 16, 20)
    expect(sniff(flat)).toMatchObject({ width: null, height: null })
  })

  it.for<[string, string]>([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"></svg>'],
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['PDF', '%PDF-1.7 and some more bytes for the header'],
    ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['HEIC that also claims AVIF', '\0\0\0\x18ftypheic\0\0\0\0mif1avif'],
    ['a HEIF container without AVIF', '\0\0\0\x18ftypmif1\0\0\0\0mif1miaf'],
    ['another RIFF file', 'RIFF\0\0\0\0WAVEfmt and so on'],
    ['an unknown WebP chunk', 'RIFF\0\0\0\0WEBPXXXX and so on'],
    ['nothing', ''],
  ])('is not %s', ([, text], { expect }) => {
    expect(sniff(bytesOf(text))).toBeNull()
  })

  it('is an AVIF also under the neutral brand', ({ expect }) => {
    expect(sniff(replaced(AVIF, 'ftypavif', 'ftypmif1'))).toMatchObject({
      type: 'image/avif',
      width: 8,
    })
  })

  it('never breaks the scan, whatever its bytes', ({ expect }) => {
    const start = fc.constantFrom(new Uint8Array(), ...samples.map(({ bytes }) => bytes))
    const mess = fc.tuple(start, fc.nat(600), fc.uint8Array({ maxLength: 400 }))
    fc.assert(
      fc.property(mess, ([bytes, kept, noise]) => {
        const head = join(bytes.subarray(0, kept), noise)
        const seen = sniff(head)
        hasContentCredentials(head)
        if (seen) isWhole(seen.type, file(head))
        if (seen?.width != null) expect(Math.min(seen.width, seen.height ?? 0)).toBeGreaterThan(0)
      }),
    )
  })

  it('keeps its type and size, or loses its size, when only its head is read', ({ expect }) => {
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.nat(1300),
        ({ bytes, type, width, height }, kept) => {
          const seen = sniff(bytes.subarray(0, kept))
          if (kept >= 32) expect(seen?.type).toBe(type)
          if (seen?.width != null) expect(seen).toEqual({ type, width, height })
        },
      ),
    )
  })
})

describe('a cut file', () => {
  const telling = samples.filter(({ type }) => type !== 'image/gif')

  it('is noticed in every format that marks or states its end', ({ expect }) => {
    fc.assert(
      fc.property(fc.constantFrom(...telling), fc.nat(1300), (sample, kept) => {
        const part = sample.bytes.subarray(0, Math.min(kept, sample.bytes.length - 1))
        const seen = sniff(part)
        if (part.length >= 32 && seen) expect(isWhole(seen.type, file(part))).toBe(false)
      }),
    )
  })

  it('is not one that is padded behind its end', ({ expect }) => {
    for (const { bytes } of telling) {
      const padded = join(bytes, new Uint8Array(100))
      expect(isWhole(sniff(bytes)!.type, file(padded))).toBe(true)
    }
  })
})

describe('content credentials', () => {
  /** A JUMBF superbox as C2PA begins it, cut behind its type. */
  const jumbf = join(
    bytesOf('\0\0\0\x30jumb\0\0\0\x1ejumdc2pa'),
    new Uint8Array([0, 0x11, 0, 0x10]),
  )

  it.for<[string, Uint8Array]>([
    [
      'a JPEG APP11 segment',
      join(
        JPEG.subarray(0, 2),
        segment(0xeb, join(bytesOf('JP\0\x01\0\0\0\x01'), jumbf)),
        JPEG.subarray(2),
      ),
    ],
    [
      'a PNG caBX chunk',
      join(PNG.subarray(0, 33), bytesOf('\0\0\0\x04caBX'), new Uint8Array(8), PNG.subarray(33)),
    ],
    ['a JUMBF box in any other format', join(AVIF, jumbf)],
  ])('are seen in %s', ([, bytes], { expect }) => {
    expect(hasContentCredentials(bytes)).toBe(true)
  })

  it('are not claimed for images without them, or for a prompt that speaks of them', ({
    expect,
  }) => {
    for (const { bytes } of samples) {
      expect(hasContentCredentials(bytes)).toBe(false)
      expect(hasContentCredentials(join(bytes, bytesOf('a jumbo jet, jumb c2pa caBX jumd')))).toBe(
        false,
      )
    }
  })

  it('are looked for in the first 64 KiB', ({ expect }) => {
    const filler = new Uint8Array(64 * 1024)
    expect(hasContentCredentials(join(AVIF, filler, jumbf))).toBe(false)
  })
})
