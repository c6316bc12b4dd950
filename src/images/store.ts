import { type Budget, OWNER_BYTES, type Token, WAIT_MS } from './budget.ts'
import { newHold } from './hold.ts'

/** Largest image stored by one `put`, in bytes; above it is a multipart upload, which R2 bills by the part. */
const SINGLE_PUT_BYTES = OWNER_BYTES

/** Size of each part but the last, in bytes: the least that R2 takes. */
const PART_BYTES = 5 * 1024 * 1024

/** First size of the buffer in bytes, outside the budget. */
const START_BYTES = 64 * 1024

/** Bytes that stay held until `finish`, so that the end of the file can be looked at. */
export const TAIL_BYTES = 1024

/** Size of the buffer out of which parts are sent, in bytes: outside the budget when that has none to give. */
const SENDING_BYTES = PART_BYTES + TAIL_BYTES

/** The memory that an upload may take. */
export interface Room {
  budget: Budget
  /** What will probably come; 0 = nobody knows. */
  expectedBytes: number
  /** Nobody wants the image any more: it does not wait for memory. */
  signal?: AbortSignal | undefined
}

export interface Labels {
  /** Lower-case hex. */
  sha256: string
  type: string
  custom: Record<string, string>
}

/** Where an image goes on its way in. Nothing is visible under the key before `finish` stores it. */
export interface Upload {
  /** The bytes that are held: all until parts are sent, then at least the last `TAIL_BYTES`. */
  view(): Uint8Array
  /**
   * Takes bytes in. Waits for memory when there is none, 20 s in all; who gets none holds no more than 5 MiB
   * and sends parts beyond that. Rejects when the signal goes off while it waits.
   */
  append(piece: Uint8Array): Promise<void>
  finish(labels: Labels): Promise<void>
  /** To be called in the end: leaves neither memory, nor an open upload, nor a second copy. Never rejects. */
  clean(): Promise<void>
}

/**
 * Stores under `key` what is appended, overwriting what is there. Metadata has to be known when an
 * upload begins, but the hash of a large image only when it ends: such an image is uploaded to
 * `<key>.upload` and copied to its key with its labels. R2's failures reject. With `expectedBytes` the
 * buffer grows once and not by doubling, which at 15 MB saves a fifth of the CPU of taking an image in.
 */
export function openUpload(bucket: R2Bucket, key: string, room: Room): Upload {
  const { expectedBytes } = room
  const hold = newHold(expectedBytes > 0 ? Math.min(expectedBytes, START_BYTES) : START_BYTES)
  const memory = newMemory(room)
  const parts = openParts(bucket, `${key}.upload`)

  async function makeRoom(): Promise<void> {
    if (hold.length < hold.capacity) return
    const doubled = 2 * hold.capacity
    const wanted = Math.min(Math.max(doubled, expectedBytes), SINGLE_PUT_BYTES)
    if (!parts.begun && (await memory.grow(hold.capacity, wanted))) return hold.resize(wanted)
    while (hold.length >= SENDING_BYTES) await sendPart()
    hold.resize(Math.min(doubled, SENDING_BYTES))
    memory.keep(SENDING_BYTES)
  }
  async function sendPart(): Promise<void> {
    const part = hold.view().subarray(0, PART_BYTES)
    await parts.send(part)
    hold.drop(part.length)
  }
  return {
    view: () => hold.view(),
    async append(piece) {
      memory.touch()
      for (let at = 0; at < piece.length;) {
        await makeRoom()
        const taken = piece.subarray(at, at + hold.capacity - hold.length)
        hold.append(taken)
        at += taken.length
      }
    },
    async finish(labels) {
      memory.touch()
      if (!parts.begun) return put(bucket, key, hold.view(), labels)
      while (hold.length > 0) await sendPart()
      await put(bucket, key, await parts.join(), labels)
    },
    async clean() {
      hold.free()
      memory.release()
      await parts.clean()
    },
  }
}

/** The share of one buffer in the budget. */
function newMemory({ budget, signal }: Room) {
  const owner = {}
  let token: Token | null = null
  let leftMs = WAIT_MS
  return {
    /** Whether a buffer of `from` bytes may grow to `to`. All waits of an image together last `WAIT_MS`. */
    async grow(from: number, to: number): Promise<boolean> {
      if (to <= from) return false
      const asked = Date.now()
      const taken = await budget.take(to - from, owner, asked + leftMs, signal)
      leftMs -= Date.now() - asked
      token = taken ?? token
      signal?.throwIfAborted()
      return taken !== null
    },
    touch: () => token?.touch(),
    keep: (bytes: number) => token?.keep(bytes),
    release() {
      token?.release()
      token = null
    },
  }
}

/** A multipart upload that begins when it is needed. */
function openParts(bucket: R2Bucket, staging: string) {
  const sent: R2UploadedPart[] = []
  let upload: R2MultipartUpload | null = null
  let staged = false
  return {
    get begun() {
      return sent.length > 0
    },
    async send(part: Uint8Array): Promise<void> {
      upload ??= await bucket.createMultipartUpload(staging)
      sent.push(await upload.uploadPart(sent.length + 1, part))
    },
    /** The whole of it, once it is complete. */
    async join(): Promise<ReadableStream> {
      await upload?.complete(sent)
      upload = null
      staged = true
      const copy = await bucket.get(staging)
      if (!copy) throw new Error(`R2 lost ${staging} between upload and copy.`)
      return copy.body
    },
    async clean(): Promise<void> {
      await upload?.abort().catch(() => {})
      upload = null
      if (staged) await bucket.delete(staging).catch(() => {})
      staged = false
    },
  }
}

/** R2 compares the hash with what it received and stores nothing when they differ. */
async function put(
  bucket: R2Bucket,
  key: string,
  body: Uint8Array | ReadableStream,
  { sha256, type, custom }: Labels,
): Promise<void> {
  await bucket.put(key, body, {
    sha256,
    httpMetadata: { contentType: type },
    customMetadata: { ...custom, sha256 },
  })
}
