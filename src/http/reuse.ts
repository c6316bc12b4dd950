import { fingerprintOf, sha256Hex } from '../core/fingerprint.ts'
import type { Plan } from '../core/plan.ts'
import type { GatewayOptions, Submission } from '../core/request.ts'
import { RETENTION } from '../core/retention.ts'
import type { ReuseClaim } from '../core/tenant.ts'
import { invalid } from '../dialects/invalid.ts'
import { isResponse } from '../dialects/response-kind.ts'

const MAX_KEY_LENGTH = 255

/** The fingerprint of a request as its job does it, the same for every dialect; of a wrong one, as it was written. */
export function hashOf(
  { request, invalid: fault, echo }: Submission,
  { model, routes: [route] }: Plan,
): Promise<string> {
  const stamp = fault ? echo : (route?.stamp ?? null)
  return fingerprintOf({ ...request, ...route?.overrides, model }, stamp)
}

/**
 * Why an existing job may answer this request, in the order in which the tenant looks (design.md, Reuse).
 *
 * @param hash the request's
 */
export async function reuseClaims(
  headers: Headers,
  submission: Submission,
  hash: string,
  now: number,
): Promise<ReuseClaim[]> {
  const { request, gateway } = submission
  const body = await toldApart(hash, submission)
  const until = untilOf(gateway, now)
  const claims: ReuseClaim[] = []
  const key = headers.get('idempotency-key')
  if (key !== null) claims.push({ kind: 'idempotency', lookup: await lookupOf(key), body, until })
  const off = gateway.cache === 'off' || /\bno-store\b/i.test(headers.get('cache-control') ?? '')
  if (!off && (request.seed !== null || gateway.cache === 'reuse'))
    claims.push({ kind: 'seed', lookup: body, until })
  if (key === null) claims.push({ kind: 'repeat', lookup: body, count: retryCount(headers) })
  return claims
}

/**
 * A response repeats its request, and is found by its id: its job answers only requests that are told the
 * same. Where their inputs lie in R2 is no part of that.
 */
async function toldApart(hash: string, submission: Submission): Promise<string> {
  if (!isResponse(submission)) return hash
  const { request, echo } = submission
  const keys = request.inputs.flatMap((it) => ('r2' in it ? [JSON.stringify(it.r2)] : []))
  return sha256Hex(hash + keys.reduce((text, key) => text.replaceAll(key, ''), echo))
}

/** As long as the job itself is kept (`newJob`). */
const untilOf = ({ deadlineSeconds, retentionSeconds }: GatewayOptions, now: number): number =>
  now + 1000 * (deadlineSeconds + (retentionSeconds ?? RETENTION.usual))

/**
 * As `reuseClaims`, for each of several jobs that are asked for by their ids later on: only an
 * `Idempotency-Key` means the same ones. The body is told by what its jobs repeat of it, too.
 */
export async function memberClaims(
  headers: Headers,
  { request, gateway, echo }: Submission,
  count: number,
  now: number,
): Promise<ReuseClaim[][]> {
  const key = headers.get('idempotency-key')
  const body = await fingerprintOf(request, echo)
  const until = untilOf(gateway, now)
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      if (key === null) return []
      return [{ kind: 'idempotency', lookup: await lookupOf(key, `#${i}`), body, until } as const]
    }),
  )
}

async function lookupOf(key: string, member = ''): Promise<string> {
  if (key.length > 0 && key.length <= MAX_KEY_LENGTH) return sha256Hex(key + member)
  throw invalid('Idempotency-Key', `expected 1 to ${MAX_KEY_LENGTH} characters`)
}

/** Which try of a stock OpenAI client this is; 0 for the first and for all other clients. */
function retryCount(headers: Headers): number {
  const text = headers.get('x-stainless-retry-count') ?? '0'
  return /^\d{1,3}$/.test(text) ? Number(text) : 0
}
