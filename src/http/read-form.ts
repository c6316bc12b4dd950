import { MAX_INPUTS } from '../core/request.ts'
import type { StagedInput } from '../core/staged-input.ts'
import { invalid } from '../dialects/invalid.ts'
import { imageFieldOf, type FormEntry } from '../dialects/form-fields.ts'
import type { InputBatch } from '../images/input-batch.ts'
import { toPieces } from '../images/latin1.ts'
import type { BodyReader } from '../images/read.ts'
import { newImagePart } from './image-part.ts'
import { malformed, type PartHead } from './multipart-head.ts'
import { newMultipart } from './multipart.ts'
import { newTextPart } from './text-part.ts'

const MAX_PARTS = 64

/** One part on its way. */
interface OpenPart {
  write(bytes: Uint8Array): Promise<void>
  /** Null = nobody wants it. */
  close(): Promise<string | StagedInput | null>
  abort(): Promise<void>
}

/**
 * The fields of a form in the order in which they came; images went to R2 on the way.
 *
 * @throws GatewayError 400 that names the field; what was staged before stays in the batch
 */
export async function readForm(
  body: BodyReader,
  boundary: string,
  batch: InputBatch,
): Promise<FormEntry[]> {
  const parts = newParts(batch)
  const form = newMultipart(boundary, parts)
  try {
    for (let read = await body.next(); read; read = await body.next())
      for (const piece of toPieces(read)) await form.write(piece)
    form.end()
    return parts.entries
  } finally {
    await parts.abort()
  }
}

function newParts(batch: InputBatch) {
  const entries: FormEntry[] = []
  const counts = { parts: 0, image: 0, mask: 0, markup: 0 }
  let open: OpenPart | null = null
  let name = ''

  function openPart(head: PartHead): OpenPart {
    const field = imageFieldOf(head.name)
    const isText = !head.isFile && head.type === null
    if (field === null || isText) return isUnread(head) ? UNREAD : newTextPart(head.name)
    counts[field] += 1
    if (counts.image > MAX_INPUTS)
      throw invalid(head.name, `expected at most ${MAX_INPUTS} images`, 'array_above_max_length')
    if (counts.mask > 1) throw invalid(head.name, 'expected it once', 'invalid_value')
    if (counts.markup > 0)
      throw invalid(head.name, 'a markup image is not offered', 'unsupported_parameter')
    return newImagePart(head, batch)
  }
  return {
    entries,
    begin(head: PartHead) {
      counts.parts += 1
      if (counts.parts > MAX_PARTS) throw malformed(`it has more than ${MAX_PARTS} parts`)
      name = head.name
      open = openPart(head)
    },
    data: async (bytes: Uint8Array) => open?.write(bytes),
    async end() {
      const value = (await open?.close()) ?? null
      if (value !== null) entries.push({ name, value })
      open = null
    },
    abort: async () => open?.abort(),
  }
}

/** Texts may be sent as files, too; other files have no field to go to. */
const isUnread = ({ isFile, type }: PartHead): boolean =>
  isFile && !/^(text\/plain|application\/json)\s*(;|$)/i.test(type ?? '')

const UNREAD: OpenPart = {
  write: async () => {},
  close: async () => null,
  abort: async () => {},
}
