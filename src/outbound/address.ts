import { isIn, v4, v6 } from '../core/ip.ts'

/** First address and prefix length of each IPv4 range that is not the public internet (IANA registry, RFC 6890). */
const V4_RANGES: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT, some clouds' metadata
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // Azure's host agent
  ['169.254.0.0', 16], // link-local, metadata
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.31.196.0', 24], // AS112
  ['192.52.193.0', 24], // AMT
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['192.175.48.0', 24], // AS112
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
]

/** Ranges inside 2000::/3 that are special or carry an IPv4 address. All outside 2000::/3 is refused. */
const V6_RANGES: readonly (readonly [string, number])[] = [
  ['2001::', 23], // protocol assignments, with Teredo, benchmarking, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4
  ['2620:4f:8000::', 48], // AS112
  ['3fff::', 20], // documentation
]

const V4 = /^\d{1,3}(\.\d{1,3}){3}$/

/**
 * Whether a host that is an IP address, as `URL` writes it (dotted, or `[...]`), lies in the public
 * internet; null when the host is a name.
 */
export function isPublicAddress(host: string): boolean | null {
  if (V4.test(host)) return !V4_RANGES.some(([start, bits]) => isIn(v4(host), v4(start), bits, 32))
  if (!host.startsWith('[')) return null
  const address = v6(host.slice(1, -1))
  const isGlobal = isIn(address, v6('2000::'), 3, 128)
  return isGlobal && !V6_RANGES.some(([start, bits]) => isIn(address, v6(start), bits, 128))
}
