import { startTimer } from './deadline.ts'
import { checkTenantUrl, type UrlRules } from './tenant-url.ts'

/** A receiver answers within this, ms. Nothing of its answer is read but the status. */
const ANSWER_MS = 15_000
const DEADLINES = { headersMs: ANSWER_MS, bodyMs: ANSWER_MS, totalMs: ANSWER_MS }

/** How a receiver took an event. `status` is null when it did not answer in time. */
export interface Posted {
  status: number | null
  /** The address is one that must not be called; nothing was sent. */
  isRefused: boolean
}

/**
 * Posts JSON to an address that a tenant named, after holding it against the guard. Redirects are not
 * followed: their status is the answer. Never rejects.
 */
export async function postWebhook(
  text: string,
  { headers, body }: { headers: Record<string, string>; body: string },
  rules: UrlRules,
  fetcher = fetch,
  deadlines = DEADLINES,
): Promise<Posted> {
  const checked = checkTenantUrl(text, rules)
  if (!checked.ok) return { status: null, isRefused: true }
  const timer = startTimer(deadlines)
  try {
    const response = await fetcher(checked.url.href, {
      method: 'POST',
      headers: { 'user-agent': 'darkroom', 'content-type': 'application/json', ...headers },
      body,
      redirect: 'manual',
      signal: timer.signal,
    })
    await response.body?.cancel()
    return { status: response.status, isRefused: false }
  } catch {
    return { status: null, isRefused: false }
  } finally {
    timer.end()
  }
}
