import { fromBase32, toBase32 } from './base32.ts'

/** A job's identity: a random UUIDv4, lower case. The `Job` object is named by it. */
export type JobId = string
/** 10 base62 characters; the first names the tenant's place, `0` = anywhere. */
export type TenantId = string
/** `<tenant 10><key 6>` in base62. */
export type KeyId = string

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const SHOWN = /^(?:(?:job|resp|req)_)?([a-z2-7]{26})$/

export const newJobId = (): JobId => crypto.randomUUID()

/** The 26 characters that stand for a job in links, R2 keys and behind `job_`. */
export const shortId = (id: JobId): string => toBase32(Uint8Array.fromHex(id.replaceAll('-', '')))

export const showJobId = (id: JobId): string => `job_${shortId(id)}`

/** A job as a response of the Responses API. */
export const showResponseId = (id: JobId): string => `resp_${shortId(id)}`

/** The n-th item of a response; `ig` image calls, `msg` messages, `in` what was sent. */
export const itemId = (kind: 'ig' | 'msg' | 'in', id: JobId, n: number): string =>
  `${kind}_${shortId(id)}_${n}`

/** Which image of a job an item of its answer holds, `n` null = all. Null when it is no such item's id. */
export function parseItemId(text: string): { job: JobId; n: number | null } | null {
  const [, kind, short, n] = /^(ig|msg)_([a-z2-7]{26})_(\d{1,2})$/.exec(text) ?? []
  const job = short === undefined ? null : parseJobId(short)
  return job === null ? null : { job, n: kind === 'ig' ? Number(n) : null }
}

/** Reads a job's id in every form that an API shows it in; null when it is none. */
export function parseJobId(text: string): JobId | null {
  const uuid = text.toLowerCase()
  if (UUID_V4.test(uuid)) return uuid
  const short = SHOWN.exec(text)?.[1]
  const bytes = short === undefined ? null : fromBase32(short)
  return bytes ? toUuid(bytes) : null
}

function toUuid(bytes: Uint8Array): JobId | null {
  const hex = bytes.toHex()
  const uuid = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
  return UUID_V4.test(uuid) ? uuid : null
}

/** Where an image lies in R2; known before its bytes exist, deletable by prefix. */
export const imageKey = (tenant: TenantId, job: JobId, n: number): string =>
  `images/${tenant}/${shortId(job)}/${n}`

/** Where the k-th partial picture of an image lies in R2. */
export const partialKey = (tenant: TenantId, job: JobId, n: number, k: number): string =>
  `partials/${tenant}/${shortId(job)}/${n}.${k}`

/** Where an input that came as a URL lies in R2 once its job has downloaded it. */
export const inputKey = (tenant: TenantId, job: JobId, k: number): string =>
  `inputs/${tenant}/${shortId(job)}/${k}`

/** Path of an input's link, which only upstreams are given; that of an earlier answer's image is its own. */
export const inputPath = (key: string): string =>
  key.replace(/^inputs/, '/in').replace(/^images/, '/i')

/** Path of a partial image's link, without signature. */
export const partialPath = (key: string): string => key.replace(/^partials/, '/i')

/** Path of the link under which a job is watched, without signature. */
export const watchPath = (tenant: TenantId, job: JobId): string =>
  `/watch/${tenant}/${shortId(job)}`

/** Path of an image's link, without signature. */
export const imagePath = (tenant: TenantId, job: JobId, n: number): string =>
  `/i/${tenant}/${shortId(job)}/${n}`
