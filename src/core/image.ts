export type ImageType = 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif' | 'image/avif'

/** An image as it lies in R2: what was measured on the bytes, not what an upstream claimed. */
export interface StoredImage {
  /** Index within the job, from 0. */
  n: number
  /** R2 key. */
  key: string
  type: ImageType
  bytes: number
  /** SHA-256 in lower-case hex. */
  sha256: string
  /** Pixels; null when the header does not tell. */
  width: number | null
  height: number | null
  seed: number | null
  revisedPrompt: string | null
  /** C2PA marks were seen in the scanned head. */
  contentCredentials: boolean
}
