import { createHash } from 'node:crypto'
import type { FaultKind } from './faults.ts'
import type { Form, Json } from './shapes.ts'

/** Longest text of a body that the ledger keeps as it is, in characters. */
const MAX_KEPT = 2048

/** Paid work: one row per call that the vendor would put on its bill. */
export interface BillableCall {
  api: string
  model: string
  n: number
  prompt: string
  promptHash: string
  /** The input images as they arrived, mask last. */
  inputs: { sha256: string; bytes: number }[]
  idempotencyKey: string | null
  requestId: string
  /** Unix ms. */
  at: number
  /** Cancelled before the work began, hence not billed. */
  cancelled: boolean
  /** SHA-256 of each image as it is answered. */
  sent(this: void): string[]
}

export interface BodySummary {
  type: string
  bytes: number
  /** Long strings are replaced by their length and hash. */
  json: unknown
  /** Parts in order; a file shows its length and hash as value. */
  form: { name: string; value: string; filename?: string; type?: string }[] | null
}

export interface SeenRequest {
  api: string
  method: string
  /** With the query. */
  path: string
  requestId: string
  at: number
  /** Without the credential. */
  headers: Record<string, string>
  /** Scheme and hash of what was in `authorization`. */
  authorization: { scheme: string; sha256: string } | null
  body: BodySummary
  fault: FaultKind | null
  /** Null while unanswered, and for ever when nothing was sent. */
  status: number | null
  /** The client left before the answer was complete. */
  aborted: boolean
}

export interface Ledger {
  calls: BillableCall[]
  requests: SeenRequest[]
  clear(): void
}

export function createLedger(): Ledger {
  const ledger: Ledger = {
    calls: [],
    requests: [],
    clear() {
      ledger.calls = []
      ledger.requests = []
    },
  }
  return ledger
}

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex')

const shorten = (text: string): string =>
  text.length > MAX_KEPT ? `<${text.length} characters, sha256 ${sha256(text)}>` : text

export function summarise(type: string, raw: Buffer, json: Json, form: Form | null): BodySummary {
  const parts = form && [
    ...form.fields.map(({ name, value }) => ({ name, value: shorten(value) })),
    ...form.files.map((file) => ({
      name: file.name,
      value: `<${file.bytes.length} bytes, sha256 ${sha256(file.bytes)}>`,
      filename: file.filename,
      type: file.type,
    })),
  ]
  const kept = JSON.stringify(json, (_, value: unknown) =>
    typeof value === 'string' ? shorten(value) : value,
  )
  return { type, bytes: raw.length, json: JSON.parse(kept), form: parts }
}
