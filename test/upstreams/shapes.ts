export type Json = Record<string, unknown>

export interface Upload {
  name: string
  filename: string
  /** As the part declares it: not to be trusted. */
  type: string
  bytes: Buffer
}

/** A multipart body; fields and files each in their order. */
export interface Form {
  fields: { name: string; value: string }[]
  files: Upload[]
}

/** `submit` is paid work, `result` a file behind a link. */
export type RouteKind = 'submit' | 'poll' | 'cancel' | 'result' | 'list'

export type Format = 'png' | 'jpeg' | 'webp'

export interface Picture {
  format: Format
  width: number
  height: number
  bytes(): Buffer
  /** Stands for its base64 in one answer: see `inline`. */
  base64(): string
}
