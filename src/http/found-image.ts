import type { Slice } from './range.ts'

/** An image as it was found, in R2 or in the edge cache. */
export interface FoundImage {
  type: string
  /** Quoted: SHA-256 of the bytes. */
  etag: string
  bytes: number
  /** Null when only its description was asked for. */
  body: ReadableStream | null
}

/** Reads what R2 knows of an image; null = it is not there. */
export async function describeImage(bucket: R2Bucket, key: string): Promise<FoundImage | null> {
  const object = await bucket.head(key)
  return object && toFound(object, null)
}

/** Opens an image, or a part of it (`bytes` is the whole's); null = it is not there. */
export async function openImage(
  bucket: R2Bucket,
  key: string,
  slice?: Slice,
): Promise<FoundImage | null> {
  const object = await bucket.get(key, slice ? { range: { ...slice } } : {})
  return object && toFound(object, object.body)
}

const toFound = (object: R2Object, body: ReadableStream | null): FoundImage => ({
  type: object.httpMetadata?.contentType ?? '',
  etag: `"${object.customMetadata?.['sha256'] ?? object.etag}"`,
  bytes: object.size,
  body,
})
