/** The parts of Node's API that the Worker uses under `nodejs_compat`. */
declare module 'node:zlib' {
  export function crc32(data: Uint8Array | string): number
  export function deflateSync(data: Uint8Array, options?: { level?: number }): Uint8Array
  export function inflateSync(data: Uint8Array): Uint8Array
}

declare module 'node:crypto' {
  interface Hash {
    update(data: Uint8Array | string): Hash
    digest(encoding: 'hex'): string
  }
  export function createHash(algorithm: 'sha256'): Hash
}

declare module 'node:buffer' {
  export class Buffer extends Uint8Array {
    static from(data: ArrayBufferLike, byteOffset: number, length: number): Buffer
    static from(text: string, encoding: 'latin1'): Buffer
    latin1Slice(start: number, end: number): string
  }
}
