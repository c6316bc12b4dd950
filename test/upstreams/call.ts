import type { IncomingHttpHeaders } from 'node:http'
import type { Fault } from './faults.ts'
import { expand } from './inline.ts'
import type { Ledger } from './ledger.ts'
import type { Form, Json, Picture, RouteKind } from './shapes.ts'

export interface Settings {
  /** Time that a drawing takes, in ms. */
  latencyMs: number
  /** Size of each image file, in bytes; 0 = as its pixels compress. PNG and JPEG only. */
  imageBytes: number
}

/** What outlives one call. */
export interface World {
  ledger: Ledger
  settings: Settings
  /** Files that an API serves behind a link, by path. */
  files: Map<string, Picture>
  /** Accepted work by API and id; each API knows its own shape. */
  jobs: Map<string, unknown>
  reset(this: void): void
}

/** One request as an API's handler sees it. */
export interface Call {
  api: string
  method: string
  /** Without the query. */
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  /** The groups of the route's pattern, decoded. */
  params: string[]
  /** The body when it is a JSON object, else empty. */
  json: Json
  form: Form | null
  /** Bearer token; null without one. */
  key: string | null
  requestId: string
  /** Scheme, host and port as the client wrote them. */
  origin: string
  fault: Fault | null
  world: World
}

/** Pieces that leave as one body with its length, or groups of them that leave one by one as a stream. */
export interface Reply {
  status: number
  headers: Record<string, string>
  body: Buffer[] | AsyncIterable<Buffer[]>
}

export interface Route {
  method: 'GET' | 'POST' | 'DELETE'
  /** Of the path below the API's root. */
  path: RegExp
  kind: RouteKind
  handle(call: Call): Reply | Promise<Reply>
}

interface RefusalDetails {
  code?: string | null
  type?: string
  param?: string | null
  headers?: Record<string, string>
}

/** An answer that is no success; each API writes it in its own shape. */
export class Refusal extends Error {
  readonly status: number
  readonly details: RefusalDetails

  constructor(status: number, message: string, details: RefusalDetails = {}) {
    super(message)
    this.status = status
    this.details = details
  }
}

/** One simulated vendor. */
export interface Api {
  name: string
  /** First part of every path, such as `/openai`. */
  root: string
  /** What its clients are given as base URL, below the server's address. */
  base: string
  auth: 'bearer' | 'none'
  routes: Route[]
  refuse(refusal: Refusal, call: Call): Reply
  /** How it refuses a prompt. */
  moderation: Refusal
  /** How it says that the account is empty. */
  noCredit: Refusal
  /** Headers of every answer. */
  headers?(call: Call): Record<string, string>
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: expand(JSON.stringify(body)),
  }
}

/** Unix seconds. */
export const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** A whole number from a text, for ids and seeds that repeat with their prompt. */
export function hash(text: string): number {
  let value = 0x811c9dc5
  for (const char of text) value = Math.imul(value ^ char.codePointAt(0)!, 0x01000193)
  return value >>> 0
}
