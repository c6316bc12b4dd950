import { randomUUID } from 'node:crypto'

const TOKEN = /(<inline-[0-9a-f-]{36}>)/

/** Base64 that stands in texts not yet sent. */
const waiting = new Map<string, Buffer>()

/** A short stand-in for long base64: answers share its bytes instead of copying them into strings. */
export function inline(base64: Buffer): string {
  const token = `<inline-${randomUUID()}>`
  waiting.set(token, base64)
  return token
}

/** The text in pieces, with the base64 in place of its stand-ins; each can be used once. */
export function expand(text: string): Buffer[] {
  return text.split(TOKEN).map((piece) => {
    const base64 = waiting.get(piece)
    waiting.delete(piece)
    return base64 ?? Buffer.from(piece)
  })
}
