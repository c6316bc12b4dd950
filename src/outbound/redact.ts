/** Longest text that leaves, in characters. */
const MAX_CHARS = 300
/** Most that is looked at, in characters: the expressions below are run over all of it. */
const LOOKED_AT = 4096
/** A run of this many characters in common with a secret is hidden: cut-off secrets are found as well. */
const RUN = 8
/** Shorter ones are placeholders of servers that ask for no key. */
const MIN_SECRET = 4

/** Each runs over at most 4,096 characters. What one has hidden the next do not see. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // URLs of any scheme.
  [/(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\/\S*/giu, '[url]'],
  [/\bdata:\S*/giu, '[url]'],
  // Credentials by what stands before them, then by their vendors' prefixes.
  [/\b(?:bearer|basic)\s+\S+/giu, '[secret]'],
  [/\b(?:api[-_ ]?key|authorization|password|secret|token)["']?\s*[:=]\s*\S+/giu, '[secret]'],
  [/\b(?:sk|pk|rk|xai|hf|gsk|r8|whsec|dr_live|dr_test)[-_][\w*+/=.-]{4,}/giu, '[secret]'],
  [/\b(?:org|proj|acct)[-_][\w-]{8,}/giu, '[account]'],
  [/\bAIza[\w*-]+/gu, '[secret]'],
  // Tokens, hashes and base64 of any origin.
  [/(?<![\w+/=-])[\w+/=-]{32,}/gu, '[token]'],
  // Names with a dot, also as part of a mail address; IPv4; IPv6; single names with a port.
  [
    /(?<![\p{L}\p{N}_.@+-])(?:[\p{L}\p{N}_.+-]+@)?(?:[\p{L}\p{N}_-]+\.)+\p{L}[\p{L}\p{N}-]+(?::\d+)?(?:\/\S*)?/giu,
    '[host]',
  ],
  [/(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:\/\S*)?/gu, '[host]'],
  [/(?<![\w:])\[?[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,}(?:\.\d+){0,3}\]?(?::\d+)?/giu, '[host]'],
  [/(?<![\w-])(?:localhost|[\w-]+(?=:(?:\d{4,5}|80|443)\b))(?::\d+)?(?:\/\S*)?/giu, '[host]'],
]

/** Reduces an upstream's text to what a tenant may read: one line, at most 300 characters, no secret, no host. */
export type Redactor = (text: unknown) => string

/** `secrets` are the values of all of them; those below 4 characters hide nothing. Not a string: ''. */
export function newRedactor(secrets: readonly string[]): Redactor {
  const known = secrets.flatMap((secret) => [fold(secret), fold(encodeURIComponent(secret))])
  const runs = new Set(known.flatMap(runsOf))
  return (text) => {
    if (typeof text !== 'string') return ''
    const line = text
      .slice(0, LOOKED_AT)
      .replaceAll(/\p{Cf}+/gu, '')
      .replaceAll(/[\p{C}\s]+/gu, ' ')
    const hidden = PATTERNS.reduce(
      (rest, [pattern, mark]) => rest.replaceAll(pattern, mark),
      hideRuns(line, runs),
    ).trim()
    if (hidden.length <= MAX_CHARS) return hidden
    return `${hidden.slice(0, MAX_CHARS - 1).toWellFormed()}…`
  }
}

/** Names of variables whose values are secrets. */
const SECRET_NAME = /(?:KEY|KEYS|TOKEN|SECRET|PASSWORD)$/

/** Values of all secrets of an environment; `names` are those that the operator named otherwise. */
export function secretsOf(vars: object, names: readonly string[] = []): string[] {
  return Object.entries(vars).flatMap(([name, value]) =>
    typeof value === 'string' && (SECRET_NAME.test(name) || names.includes(name)) ? [value] : [],
  )
}

/** ASCII only, so that positions stay. */
const fold = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())

/** Every stretch of `RUN` characters of a secret; a shorter secret is its only one. */
function runsOf(secret: string): string[] {
  if (secret.length < MIN_SECRET) return []
  const count = Math.max(1, secret.length - RUN + 1)
  return Array.from({ length: count }, (_, at) => secret.slice(at, at + RUN))
}

/** Hides each place where a run begins, up to the end of the last one that overlaps it. */
function hideRuns(text: string, runs: ReadonlySet<string>): string {
  const folded = fold(text)
  const lengths = [...new Set([...runs].map((run) => run.length))]
  let shown = ''
  let end = 0
  for (let at = 0; at < text.length; at++) {
    const found = lengths.filter((length) => runs.has(folded.slice(at, at + length)))
    if (found.length > 0 && at >= end) shown += '[secret]'
    end = Math.max(end, ...found.map((length) => at + length))
    if (at >= end) shown += text[at]
  }
  return shown
}
