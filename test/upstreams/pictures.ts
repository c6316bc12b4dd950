import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Call, Settings } from './call.ts'
import { locationOf, type Fault } from './faults.ts'
import { inline } from './inline.ts'
import { encodeJpeg } from './jpeg.ts'
import { sha256 } from './ledger.ts'
import { encodePng } from './png.ts'
import type { Format, Picture } from './shapes.ts'
import { encodeWebp } from './webp.ts'

const OVERSIZE = 64 * 1024 * 1024
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
/** Files kept ready for the next equal drawing. */
const MAX_CACHED = 8

export interface Order {
  model: string
  prompt: string
  n: number
  width: number
  height: number
  format: Format
  transparent?: boolean
  seed?: number | null
  /** Bytes of the images that came with it. */
  inputs?: Buffer[]
}

interface File {
  bytes: Buffer
  base64: Buffer
}

const cache = new Map<string, File>()

function toFile(bytes: Buffer): File {
  return { bytes, base64: Buffer.from(bytes.toString('base64'), 'latin1') }
}

function cached(key: string, make: () => Buffer): File {
  const found = cache.get(key) ?? toFile(make())
  cache.delete(key)
  cache.set(key, found)
  if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!)
  return found
}

/** `[[bytes=15000000]]` in a prompt gives files of that length, `[[noise]]` random pixels. */
function wishes(prompt: string, settings: Settings) {
  const bytes = Number(/\[\[bytes=(\d+)\]\]/.exec(prompt)?.[1] ?? settings.imageBytes)
  return { bytes, noisy: prompt.includes('[[noise]]') }
}

/** `[[latency=500]]` in a prompt: how long its drawing takes, in ms. */
export const latencyOf = (prompt: string, settings: Settings): number =>
  Number(/\[\[latency=(\d+)\]\]/.exec(prompt)?.[1] ?? settings.latencyMs)

function encode(order: Order, text: string, bytes: number, noisy: boolean): Buffer {
  const { width, height, format, transparent = false } = order
  if (format === 'jpeg') return encodeJpeg(width, height, text, bytes)
  if (format === 'webp') return encodeWebp(width, height, text)
  return encodePng({ width, height, text, transparent, noisy, bytes })
}

function render(order: Order, index: number, settings: Settings, fault: Fault | null): File {
  if (fault?.kind === 'svg_as_png') return toFile(Buffer.from(SVG))
  const wished = wishes(order.prompt, settings)
  const bytes = fault?.kind === 'oversize' ? (fault.bytes ?? OVERSIZE) : wished.bytes
  const at = fault?.kind === 'duplicates' ? 0 : index
  const text = `${order.model}\n${order.prompt}\n${order.seed ?? ''}\n${at}`
  const { width, height, format, transparent } = order
  const key = JSON.stringify([text, width, height, format, transparent, wished.noisy, bytes])
  const file = cached(key, () => encode(order, text, bytes, wished.noisy))
  if (fault?.kind !== 'truncated_base64') return file
  // One character more than whole groups of four: no decoder can take it for complete.
  const length = (file.base64.length >> 3) * 4 + 1
  return {
    bytes: file.bytes.subarray(0, file.bytes.length >> 1),
    base64: file.base64.subarray(0, length),
  }
}

/** Drawn when first asked for. */
export function toPicture(
  order: Order,
  index: number,
  settings: Settings,
  fault: Fault | null = null,
): Picture {
  const file = (): File => render(order, index, settings, fault)
  const { format, width, height } = order
  return {
    format,
    width,
    height,
    bytes: () => file().bytes,
    base64: () => inline(file().base64),
  }
}

/** Does the work: from here on it is billed. */
export function draw(call: Call, order: Order): Picture[] {
  const { ledger, settings } = call.world
  const key = call.headers['idempotency-key']
  const { fault } = call
  const count = fault?.kind === 'wrong_count' ? (fault.count ?? order.n + 1) : order.n
  const pictures = Array.from({ length: count }, (_, index) =>
    toPicture(order, index, settings, fault),
  )
  ledger.calls.push({
    api: call.api,
    model: order.model,
    n: order.n,
    prompt: order.prompt,
    promptHash: sha256(order.prompt),
    inputs: (order.inputs ?? []).map((input) => ({ sha256: sha256(input), bytes: input.length })),
    idempotencyKey: typeof key === 'string' ? key : null,
    requestId: call.requestId,
    at: Date.now(),
    cancelled: false,
    sent: () => pictures.map((picture) => sha256(picture.bytes())),
  })
  return pictures
}

/** Draws and takes its time: a client that leaves meanwhile has still spent the money. */
export async function drawSlowly(call: Call, order: Order): Promise<Picture[]> {
  const pictures = draw(call, order)
  await setTimeout(latencyOf(order.prompt, call.world.settings), null, { ref: false })
  return pictures
}

export const mimeType = (format: Format): string => `image/${format}`

/** A new link to the file, as `path` makes it from a name with its ending. */
export function link(call: Call, picture: Picture, path: (name: string) => string): string {
  if (call.fault?.kind === 'private_url') return locationOf(call.fault)
  const extension = picture.format === 'jpeg' ? 'jpg' : picture.format
  const url = path(`${randomUUID()}.${extension}`)
  call.world.files.set(url, picture)
  return `${call.origin}${url}`
}
