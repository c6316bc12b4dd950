import type { Hold } from './hold.ts'

/** Largest image stored by one `put`, in bytes; above it is a multipart upload, which R2 bills by the part. */
const SINGLE_PUT_BYTES = 16 * 1024 * 1024

/** Size of each part but the last, in bytes: the least that R2 takes. */
const PART_BYTES = 5 * 1024 * 1024

/** Bytes that stay held until `finish`, so that the end of the file can be looked at. */
export const TAIL_BYTES = 1024

interface Labels {
  /** Lower-case hex. */
  sha256: string
  type: string
  custom: Record<string, string>
}

/** Where an image goes on its way in. Nothing is visible under the key before `finish` stores it. */
export interface Upload {
  /** Sends whole parts of what is held, once that is more than one `put` may take. */
  relieve(): Promise<void>
  finish(labels: Labels): Promise<void>
  /** To be called in the end: leaves neither an open upload nor a second copy behind. Never rejects. */
  clean(): Promise<void>
}

/**
 * Stores under `key` what passes through `hold`, overwriting what is there. Metadata has to be known
 * when an upload begins, but the hash of a large image only when it ends: such an image is uploaded to
 * `<key>.upload` and copied to its key with its labels. R2's failures reject.
 */
export function openUpload(bucket: R2Bucket, key: string, hold: Hold): Upload {
  const staging = `${key}.upload`
  const parts: R2UploadedPart[] = []
  let multipart: R2MultipartUpload | null = null
  let staged = false

  async function sendPart(upload: R2MultipartUpload, bytes: number): Promise<void> {
    parts.push(await upload.uploadPart(parts.length + 1, hold.view().subarray(0, bytes)))
    hold.drop(bytes)
  }
  return {
    async relieve() {
      if (multipart === null && hold.length <= SINGLE_PUT_BYTES) return
      multipart ??= await bucket.createMultipartUpload(staging)
      while (hold.length >= PART_BYTES + TAIL_BYTES) await sendPart(multipart, PART_BYTES)
    },
    async finish(labels) {
      if (multipart === null) return put(bucket, key, hold.view(), labels)
      while (hold.length > 0) await sendPart(multipart, Math.min(PART_BYTES, hold.length))
      await multipart.complete(parts)
      multipart = null
      staged = true
      const copy = await bucket.get(staging)
      if (!copy) throw new Error(`R2 lost ${staging} between upload and copy.`)
      await put(bucket, key, copy.body, labels)
    },
    async clean() {
      await multipart?.abort().catch(() => {})
      if (staged) await bucket.delete(staging).catch(() => {})
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
