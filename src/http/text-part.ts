import { invalid } from '../dialects/invalid.ts'

/** Most bytes of a text field. A prompt of 32,000 characters may take four for each. */
const MAX_BYTES = 64 * 1024
const MAX_PROMPT_BYTES = 4 * 32_000

/** A text field of a form on its way. Throws a 400 that names it when it is too long or no UTF-8. */
export function newTextPart(name: string) {
  const cap = name === 'prompt' ? MAX_PROMPT_BYTES : MAX_BYTES
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let bytes = 0
  let text = ''
  const decode = (piece?: Uint8Array): string => {
    try {
      return piece ? decoder.decode(piece, { stream: true }) : decoder.decode()
    } catch {
      throw invalid(name, 'expected UTF-8 text', 'invalid_value')
    }
  }
  return {
    async write(piece: Uint8Array): Promise<void> {
      bytes += piece.length
      if (bytes > cap)
        throw invalid(name, `expected at most ${cap} bytes`, 'string_above_max_length')
      text += decode(piece)
    },
    close: async (): Promise<string> => text + decode(),
    abort: async (): Promise<void> => {},
  }
}
