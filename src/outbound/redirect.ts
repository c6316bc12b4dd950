/** Most redirects followed in one call. */
export const MAX_REDIRECTS = 3

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

export const isRedirect = (status: number): boolean => REDIRECTS.includes(status)

/** Where a redirect leads; null when it does not say or says nonsense. */
export function locationOf(response: Response, from: URL): URL | null {
  const location = response.headers.get('location')
  return location === null ? null : URL.parse(location, from.href)
}
