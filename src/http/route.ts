import { openaiImages } from '../dialects/openai-images.ts'
import type { Route } from './context.ts'

const MIB = 1024 * 1024
/** Bodies of routes that carry text only. */
export const TEXT = { json: MIB, multipart: null }
/** Bodies that may carry images as data URLs, and as files too. */
export const DATA_URLS = { json: 32 * MIB, multipart: null }
/** Up to 128 tools, and answers of earlier turns with their images. */
export const CONVERSATION = { ...DATA_URLS, nodes: 20_000, images: 128 }
export const FILES = { json: 32 * MIB, multipart: 64 * MIB }

/** A route of the OpenAI dialect that reads no body, unless `rest` says otherwise. */
export const route = (
  method: Route['method'],
  path: string,
  access: Route['access'],
  handle: Route['handle'],
  rest: Partial<Route> = {},
): Route => ({ method, path, access, handle, body: null, dialect: openaiImages, ...rest })
