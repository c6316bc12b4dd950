/** A part of a form as a client sends it; a Blob or bytes go as a file. */
export interface Part {
  name: string
  value: string | Uint8Array
  /** Null = no header. */
  type?: string | null
  filename?: string
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** `multipart/form-data` byte by byte, also such that no client would send. */
export function formOf(parts: Part[], boundary = 'edge-0123456789'): Uint8Array {
  const pieces = parts.flatMap(({ name, value, type, filename }) => {
    const isFile = filename !== undefined || typeof value !== 'string'
    const file = isFile ? `; filename="${filename ?? 'blob'}"` : ''
    const stated = type === undefined && isFile ? 'application/octet-stream' : type
    const line = stated == null ? '' : `Content-Type: ${stated}\r\n`
    return [
      encode(
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n${line}\r\n`,
      ),
      typeof value === 'string' ? encode(value) : value,
      encode('\r\n'),
    ]
  })
  return concat([...pieces, encode(`--${boundary}--\r\n`)])
}

export function concat(pieces: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

export const formType = (boundary = 'edge-0123456789'): Record<string, string> => ({
  'content-type': `multipart/form-data; boundary=${boundary}`,
})
