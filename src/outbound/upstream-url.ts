/** Which addresses belong to one upstream. */
export interface UpstreamHosts {
  /** Operators may point it at plain http and at private addresses. */
  baseUrl: string
  /** Further hosts (with their port where it is not the scheme's own), such as a queue's or a CDN's. */
  extraHosts?: readonly string[]
}

/** Where a provider's request goes; null when that is not one of the upstream's own addresses. */
export function upstreamUrl(path: string, hosts: UpstreamHosts): URL | null {
  const base = hosts.baseUrl.replace(/\/+$/, '')
  const url = URL.parse(path.startsWith('/') ? base + path : path)
  return url !== null && belongsTo(url, hosts) ? url : null
}

/** A URL may leave the configured host only for a listed one, and never trade https for http. */
export function belongsTo(url: URL, { baseUrl, extraHosts = [] }: UpstreamHosts): boolean {
  const base = URL.parse(baseUrl)
  if (base === null || !/^https?:$/.test(url.protocol)) return false
  if (url.username !== '' || url.password !== '') return false
  if (url.origin === base.origin) return true
  return (
    (url.protocol === 'https:' || url.protocol === base.protocol) && extraHosts.includes(url.host)
  )
}

/** Only here may the credential go: same host, port and scheme as configured. */
export const isHome = (url: URL, { baseUrl }: UpstreamHosts): boolean =>
  url.origin === URL.parse(baseUrl)?.origin
