/** An IP address as a number; IPv4 addresses that IPv6 carries (`::ffff:1.2.3.4`) are IPv4. */
interface Address {
  value: bigint
  width: 32 | 128
}

interface Range {
  start: Address
  /** Length of the prefix. */
  bits: number
}

const MAPPED = 0xffffn

/** Null for what is no address. */
export function parseAddress(text: string): Address | null {
  if (isV4(text)) return { value: v4(text), width: 32 }
  // No zone ids; the URL parser knows every spelling of the rest (RFC 4291 section 2.2).
  const host = /^[\da-f:.]*:[\da-f:.]*$/i.test(text) && URL.parse(`http://[${text}]`)?.hostname
  if (!host) return null
  const value = v6(host.slice(1, -1))
  const isMapped = value >> 32n === MAPPED
  return isMapped ? { value: value & 0xffffffffn, width: 32 } : { value, width: 128 }
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address. Null when bits behind the prefix are set: a slip of the pen. */
export function parseRange(text: string): Range | null {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const start = parseAddress(address)
  if (!start) return null
  const written = address.includes(':') ? 128 : 32
  const bits = Number(length ?? written) - (written - start.width)
  if (bits < 0 || bits > start.width) return null
  return start.value & ((1n << BigInt(start.width - bits)) - 1n) ? null : { start, bits }
}

/** Strict: octets such as `010` are read differently elsewhere. */
const isV4 = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) &&
  text.split('.').every((octet) => String(Number(octet)) === octet && Number(octet) < 256)

/** IPv4 addresses lie in ranges of IPv4 only: `::/0` holds none of them. */
export const isInRange = ({ value, width }: Address, { start, bits }: Range): boolean =>
  width === start.width && isIn(value, start.value, bits, width)

export function isIn(address: bigint, start: bigint, bits: number, width: number): boolean {
  const rest = BigInt(width - bits)
  return address >> rest === start >> rest
}

/** Dotted. */
export const v4 = (text: string): bigint =>
  text.split('.').reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n)

/** Of the form that `URL` writes: hexadecimal groups, at most one `::`. */
export function v6(text: string): bigint {
  const [head = [], tail = []] = text.split('::').map((half) => half.split(':').filter(Boolean))
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail].reduce(
    (sum, group) => (sum << 16n) | BigInt(`0x${group}`),
    0n,
  )
}
