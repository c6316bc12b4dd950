import type { ImageSink } from './ingest.ts'

/** Takes an image that nobody asked for, and keeps nothing of it. */
export const discard = (): ImageSink => ({
  write: async () => true,
  close: async () => ({ ok: false, reason: 'too_large' }),
  abort: async () => {},
})
