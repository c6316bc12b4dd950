import { isInRange, parseAddress, parseRange } from '../core/ip.ts'
import type { Restriction } from '../core/tenant.ts'

export const isRange = (text: string): boolean => parseRange(text) !== null

/** As browsers write it in `Origin`; apps in a web view have schemes of their own, such as `capacitor://localhost`. */
export function isOrigin(text: string): boolean {
  if (!/^[a-z][a-z\d+.-]*:\/\/[^\s/?#@]+$/.test(text)) return false
  return !/^https?:/.test(text) || URL.parse(text)?.origin === text
}

interface Caller {
  /** As the edge saw it (`cf-connecting-ip`); null = not known. */
  address: string | null
  /** The header; null = none was sent. */
  origin: string | null
}

/**
 * Why a key may not be used by this caller; null = it may. Ranges always hold. Origins hold for every
 * request that names one; a request without `Origin` comes from no browser and passes only where ranges
 * vouch for it. Each restriction holds by itself: a child key has its own and its parent's.
 */
export function refusalOf(restrictions: readonly Restriction[], caller: Caller): string | null {
  for (const { cidrs, origins } of restrictions) {
    if (cidrs && !isWithin(cidrs, caller.address)) return 'from this address'
    if (!origins) continue
    const isListed = caller.origin === null ? cidrs !== null : origins.includes(caller.origin)
    if (!isListed) return caller.origin === null ? 'without an Origin' : 'from this origin'
  }
  return null
}

function isWithin(cidrs: readonly string[], text: string | null): boolean {
  const address = text === null ? null : parseAddress(text)
  if (!address) return false
  return cidrs.some((cidr) => {
    const range = parseRange(cidr)
    return range !== null && isInRange(address, range)
  })
}
