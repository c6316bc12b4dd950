import type { ImageSink } from '../../src/images/ingest.ts'
import type { Ingested } from '../../src/images/intake.ts'

/** Sinks that keep what they are sent, and what became of each: `open`, `stored` or `aborted`. */
export function newSinks() {
  const pieces: Uint8Array[][] = []
  const states: ('open' | 'stored' | 'aborted')[] = []
  const sink = (n: number): ImageSink => {
    pieces[n] = []
    states[n] = 'open'
    return {
      async write(bytes) {
        pieces[n]!.push(bytes.slice())
        return true
      },
      async close() {
        states[n] = 'stored'
        return stored(bytesOf(n).length)
      },
      async abort() {
        if (states[n] === 'open') states[n] = 'aborted'
      },
    }
  }
  const bytesOf = (n: number) => {
    const all = new Uint8Array(pieces[n]!.reduce((sum, piece) => sum + piece.length, 0))
    let at = 0
    for (const piece of pieces[n]!) {
      all.set(piece, at)
      at += piece.length
    }
    return all
  }
  return { sink, states, bytesOf, images: () => pieces.map((_, n) => bytesOf(n)) }
}

/** What these sinks say of an image that they stored. */
export const stored = (bytes: number): Ingested => ({
  ok: true,
  image: {
    type: 'image/png',
    bytes,
    sha256: '',
    width: null,
    height: null,
    contentCredentials: false,
  },
})

/** A stream of whole pieces; it breaks off where an error stands in their place. */
export const streamOf = (...pieces: (Uint8Array | Error)[]) =>
  new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces.shift()
      if (piece instanceof Error) controller.error(piece)
      else if (piece) controller.enqueue(piece)
      else controller.close()
    },
  })

/** The bytes cut at these places. */
export function cutAt(bytes: Uint8Array, cuts: number[]): Uint8Array[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b)]
  return [...at, bytes.length].slice(1).map((end, i) => bytes.slice(at[i], end))
}

/** Bytes that no compressor and no eye would take for others. */
export const noise = (length: number, seed = 1): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, i) => ((i + seed) * 2654435761) >>> 13)
