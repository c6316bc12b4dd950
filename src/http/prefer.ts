import type { Delivery } from '../core/request.ts'

/** Longest wait that can be asked for, seconds: Node's fetch gives up on headers at 300 s. */
const MAX_WAIT_SECONDS = 240

/** What a `Prefer` header (RFC 7240) changes, and what the answer says was applied. */
export interface Preference {
  delivery: Delivery
  applied: string | null
}

/** `respond-async` and `wait=N`; both together: wait N seconds, then answer 202. Others are ignored, as all are by streams. */
export function applyPrefer(delivery: Delivery, header: string | undefined): Preference {
  if (delivery.mode === 'stream') return { delivery, applied: null }
  const preferences = (header ?? '').split(',').map((it) => it.split(';')[0]!.trim().toLowerCase())
  const wait = preferences.map((it) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(it)?.[1]).find(Boolean)
  if (wait !== undefined) {
    const seconds = Math.min(Number(wait), MAX_WAIT_SECONDS)
    const waitMs = seconds * 1000
    return { delivery: { ...delivery, mode: 'wait', waitMs }, applied: `wait=${seconds}` }
  }
  if (preferences.includes('respond-async'))
    return { delivery: { ...delivery, mode: 'async' }, applied: 'respond-async' }
  return { delivery, applied: null }
}
