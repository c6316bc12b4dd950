import { errors, GatewayError } from '../core/error.ts'
import { StagedInput } from '../core/staged-input.ts'
import { MAX_INPUTS } from '../core/request.ts'
import { invalid } from '../dialects/invalid.ts'
import type { InputBatch } from '../images/input-batch.ts'
import type { InputSink } from '../images/input-sink.ts'
import { toPieces } from '../images/latin1.ts'
import type { BodyReader } from '../images/read.ts'
import { newJsonScan } from '../images/scan-json.ts'
import { badJson, inspectJson } from './inspect-json.ts'

/** Data URLs longer than this are decoded while they come, bytes. */
const DATA_URL_BYTES = 64 * 1024
/** Most bytes of a body beside those: 16 data URLs that are just not longer, and the texts. */
const MAX_SKELETON_BYTES = 2 * 1024 * 1024
/** Where base64 of an earlier answer lies that is put back into a request (Responses). */
const ANSWER_KEYS = ['result', 'image_data']

const DATA_URL = /^data:([^,;]{0,100})(?:;[^,;]{0,100}){0,4};base64,/i

/**
 * A JSON body with images: in the place of each base64 data URL, and of the images of answers that are
 * put back, stands a `StagedInput`, whose bytes went to R2.
 *
 * @throws GatewayError 400 or 413; what was staged before stays in the batch
 */
export async function readImageJson(
  body: BodyReader,
  batch: InputBatch,
  maxNodes?: number,
): Promise<unknown> {
  const long: InputSink[] = []
  const json = inspectJson(await readSkeleton(body, batch, long), maxNodes)
  await stageAll(json, long, batch)
  return json
}

async function readSkeleton(
  body: BodyReader,
  batch: InputBatch,
  long: InputSink[],
): Promise<unknown> {
  const scan = newJsonScan({
    imageKeys: ANSWER_KEYS,
    dataUrlBytes: DATA_URL_BYTES,
    fatal: true,
    maxSkeletonBytes: MAX_SKELETON_BYTES,
    sink(n, start) {
      long[n] = openInput(batch, declaredIn(start.replaceAll('\\/', '/')))
      return long[n]
    },
  })
  try {
    for (let read = await body.next(); read; read = await body.next())
      for (const piece of toPieces(read)) if (!(await scan.write(piece))) throw tooLarge()
    const extracted = await scan.end()
    if (extracted.ok) return extracted.json
    throw badJson('The request body is not valid JSON.')
  } finally {
    await scan.abort()
  }
}

const tooLarge = () =>
  new GatewayError(
    errors.tooLarge(
      `The request body holds more than ${MAX_SKELETON_BYTES} bytes beside its images.`,
    ),
  )

function openInput(batch: InputBatch, declared: string | null): InputSink {
  const { size, most } = batch
  if (size < most) return batch.open(declared)
  const what = `expected at most ${most} images, masks among them`
  throw invalid(most > MAX_INPUTS + 1 ? 'input' : 'image', what, 'array_above_max_length')
}

const declaredIn = (dataUrl: string): string | null => DATA_URL.exec(dataUrl)?.[1] ?? null

/** Replaces marks of long data URLs and the text of short ones, wherever they stand. */
async function stageAll(parent: object, long: InputSink[], batch: InputBatch): Promise<void> {
  for (const [key, child] of Object.entries(parent)) {
    const staged = await stage(child, long, batch)
    if (staged) (parent as Record<string, unknown>)[key] = staged
    else if (typeof child === 'object' && child !== null) await stageAll(child, long, batch)
  }
}

async function stage(
  value: unknown,
  long: InputSink[],
  batch: InputBatch,
): Promise<StagedInput | null> {
  if (typeof value === 'string') return stageDataUrl(value, batch)
  if (typeof value !== 'object' || value === null || !('$image' in value)) return null
  const { $image: n } = value
  return typeof n === 'number' ? (long[n]?.result() ?? null) : null
}

/** Null for a text that is no base64 data URL. */
export async function stageDataUrl(text: string, batch: InputBatch): Promise<StagedInput | null> {
  const [header, declared] = DATA_URL.exec(text) ?? []
  if (header === undefined) return null
  const bytes = decode(text.slice(header.length))
  if (!bytes) return new StagedInput({ fault: 'its base64 is broken' })
  const sink = openInput(batch, declared ?? null)
  try {
    await sink.write(bytes)
    await sink.close()
    return sink.result()
  } finally {
    await sink.abort()
  }
}

function decode(base64: string): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(base64)
  } catch {
    return null
  }
}
