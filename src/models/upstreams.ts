import type { Upstream } from '../core/model.ts'

const upstream = (id: string, secret: string): Upstream => ({
  id,
  provider: id,
  secret,
  repeatable: false,
})

/** The upstreams that built-in routes name. */
export const BUILT_IN_UPSTREAMS: readonly Upstream[] = [
  { id: 'sketch', provider: 'sketch', secret: null, repeatable: true },
  upstream('openai', 'OPENAI_API_KEY'),
  upstream('google', 'GOOGLE_API_KEY'),
  upstream('aimlapi', 'AIML_API_KEY'),
  upstream('oxen', 'OXEN_API_KEY'),
  upstream('modelmax', 'MODELMAX_API_KEY'),
  // A server of the operator's own: its address switches it on, MAX_API_KEY is optional.
  upstream('max', 'MAX_BASE_URL'),
]
