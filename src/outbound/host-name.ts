/** Last labels of names that never belong to the public internet (RFC 6761, 6762, 7686, 8375, 9476; ICANN). */
export const SPECIAL_ENDS: readonly string[] = [
  'alt',
  'arpa',
  'cluster',
  'consul',
  'corp',
  'domain',
  'example',
  'home',
  'internal',
  'intranet',
  'invalid',
  'lan',
  'local',
  'localdomain',
  'localhost',
  'mail',
  'onion',
  'private',
  'svc',
  'test',
  'workgroup',
]

/**
 * Public names that lead to whatever address stands in them, or to this machine, and one that clouds
 * answer with their metadata. No list is whole: the network must refuse private addresses as well.
 */
export const INWARD_NAMES: readonly string[] = [
  'lacolhost.com',
  'localtest.me',
  'lvh.me',
  'metadata.goog',
  'nip.io',
  'sslip.io',
  'traefik.me',
  'vcap.me',
  'xip.io',
]

/** Whether a host name, as `URL` writes it, may be one of the public internet. */
export function isPublicName(host: string): boolean {
  const labels = host.split('.')
  if (labels.length < 2 || labels.includes('')) return false
  if (SPECIAL_ENDS.includes(labels.at(-1)!)) return false
  return !INWARD_NAMES.some((name) => host === name || host.endsWith(`.${name}`))
}
