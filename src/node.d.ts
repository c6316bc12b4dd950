/** The parts of Node's API that the Worker uses under `nodejs_compat`. */
declare module 'node:zlib' {
  export function crc32(data: Uint8Array | string): number
  export function deflateSync(data: Uint8Array, options?: { level?: number }): Uint8Array
  export function inflateSync(data: Uint8Array): Uint8Array
}
