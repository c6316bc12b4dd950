/** Readers of numbers and names in file headers. Past the end, bytes read as 0. */
const at = (bytes: Uint8Array, index: number): number => bytes[index] ?? 0

export const u16 = (bytes: Uint8Array, index: number): number =>
  (at(bytes, index) << 8) | at(bytes, index + 1)

export const u32 = (bytes: Uint8Array, index: number): number =>
  u16(bytes, index) * 0x10000 + u16(bytes, index + 2)

export const u16le = (bytes: Uint8Array, index: number): number =>
  at(bytes, index) | (at(bytes, index + 1) << 8)

export const u24le = (bytes: Uint8Array, index: number): number =>
  u16le(bytes, index) | (at(bytes, index + 2) << 16)

export const u32le = (bytes: Uint8Array, index: number): number =>
  u16le(bytes, index) + u16le(bytes, index + 2) * 0x10000

/** Whether the ASCII text stands at this index. */
export function hasText(bytes: Uint8Array, index: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[index + i] !== text.charCodeAt(i)) return false
  return true
}

/** The four characters that name a chunk or box. */
export const fourCC = (bytes: Uint8Array, index: number): string =>
  String.fromCharCode(...bytes.subarray(index, index + 4))
