import type { Context } from 'hono'
import type { App } from './context.ts'
import { EXPOSED_HEADERS } from './exposed-headers.ts'

/** How long a browser may go on without asking again, s. */
const MAX_AGE_SECONDS = 86_400

/**
 * Pages of any origin may call with a key and read the answer (CORS protocol of the Fetch standard). What
 * browsers ask before a call is answered here; else null.
 */
export function allowBrowsers(c: Context<App>): Response | null {
  const { headers } = c.res
  headers.set('access-control-allow-origin', '*')
  headers.set('access-control-expose-headers', EXPOSED_HEADERS.join())
  if (c.req.method !== 'OPTIONS') return null
  headers.set('access-control-max-age', String(MAX_AGE_SECONDS))
  headers.set('access-control-allow-methods', 'GET,HEAD,POST,PATCH,DELETE')
  // A star would not cover `authorization`.
  headers.set('access-control-allow-headers', c.req.header('access-control-request-headers') ?? '')
  headers.set('vary', 'access-control-request-headers')
  return c.body(null, 204)
}
