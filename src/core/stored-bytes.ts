type StoredFile = Pick<StoredBytes, 'key' | 'bytes' | 'type'>

/** Stands in a JSON answer where the bytes of a stored image belong; the serialiser streams them out of R2. */
export class StoredBytes {
  /** R2 key. */
  readonly key: string
  readonly bytes: number
  readonly form: 'base64' | 'data-url'
  /** Media type, named in a data URL. */
  readonly type: string

  /** An image's bytes as base64. */
  static base64({ key, bytes, type }: StoredFile): StoredBytes {
    return new StoredBytes(key, bytes, 'base64', type)
  }

  constructor(key: string, bytes: number, form: 'base64' | 'data-url', type: string) {
    this.key = key
    this.bytes = bytes
    this.form = form
    this.type = type
  }
}
