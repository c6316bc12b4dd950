import type { Upstream } from '../core/model.ts'

const upstream = (id: string, secret: string, baseUrl: string): Upstream => ({
  id,
  provider: id,
  secret,
  baseUrl,
  auth: 'bearer',
  repeatable: false,
})

/** The upstreams that built-in routes name. */
export const BUILT_IN_UPSTREAMS: readonly Upstream[] = [
  { ...upstream('sketch', '', ''), secret: null, auth: 'none', repeatable: true },
  upstream('openai', 'OPENAI_API_KEY', 'https://api.openai.com/v1'),
  upstream('openai-responses', 'OPENAI_API_KEY', 'https://api.openai.com/v1'),
  upstream('google', 'GOOGLE_API_KEY', 'https://generativelanguage.googleapis.com/v1beta'),
  upstream('aimlapi', 'AIML_API_KEY', 'https://api.aimlapi.com/v1'),
  upstream('oxen', 'OXEN_API_KEY', 'https://hub.oxen.ai/api'),
  upstream('modelmax', 'MODELMAX_API_KEY', 'https://api.modelmax.io/v1'),
  upstream('together', 'TOGETHER_API_KEY', 'https://api.together.xyz/v1'),
  // A server of the operator's own: its address switches it on, MAX_API_KEY is optional.
  { ...upstream('max', 'MAX_BASE_URL', ''), auth: 'none' },
]

/** Two APIs of one account: what points the first elsewhere moves the second too. */
const SAME_HOST: Partial<Record<string, string>> = { 'openai-responses': 'openai' }

/**
 * The upstream where `<ID>_BASE_URL` puts it: the id in upper case, `-` and `.` as `_`.
 *
 * @throws Error that names the variable
 */
export function placed(called: Upstream, vars: Record<string, unknown>): Upstream {
  for (const id of [called.id, SAME_HOST[called.id]]) {
    const name = `${id?.toUpperCase().replaceAll(/[-.]/g, '_')}_BASE_URL`
    const text = vars[name]
    if (id === undefined || typeof text !== 'string' || text.trim() === '') continue
    const baseUrl = readBaseUrl(text)
    if (baseUrl === null)
      throw new Error(`${name}: Not an http(s) URL without credentials, query and fragment.`)
    return { ...called, baseUrl, ...optionalKey(called, vars) }
  }
  return called
}

/** A server that its address switches on is sent a key where there is one. */
function optionalKey({ secret }: Upstream, vars: Record<string, unknown>): Partial<Upstream> {
  if (!secret?.endsWith('_BASE_URL')) return {}
  const key = secret.replace('_BASE_URL', '_API_KEY')
  return vars[key] ? { auth: 'bearer', secret: key } : {}
}

/** A base URL without its trailing slashes; null when it is none. It may be http and private. */
export function readBaseUrl(text: string): string | null {
  const url = URL.parse(text.trim())
  if (!url || !['http:', 'https:'].includes(url.protocol)) return null
  if (url.username || url.password || url.search || url.hash) return null
  return url.href.replace(/\/+$/, '')
}
