import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

interface LocalVars {
  ADMIN_KEY: string
  /** `kid:base64`, 32 random bytes. */
  SIGNING_KEYS: string
  /** `kid:base64`, 32 random bytes: the seed of an Ed25519 key. */
  RECEIPT_KEYS: string
  DEMO: string
}

const freshVars = (): LocalVars => ({
  ADMIN_KEY: randomBytes(32).toString('hex'),
  SIGNING_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  RECEIPT_KEYS: `r1:${randomBytes(32).toString('base64')}`,
  DEMO: 'true',
})

/**
 * Appends what the local gateway needs and the file does not have or has blank;
 * every other line stays as it is. A new file is readable by its owner only.
 */
export function completeDevVars(path: string): LocalVars {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const known = parseEnv(text)
  const fresh = freshVars()
  const missing = Object.entries(fresh).filter(([name]) => !known[name])
  const lines = missing.map(([name, value]) => `${name}="${value}"\n`).join('')
  const separator = text === '' || text.endsWith('\n') ? '' : '\n'
  // The last line of a name counts.
  if (lines) appendFileSync(path, separator + lines, { mode: 0o600 })
  return { ...fresh, ...Object.fromEntries(Object.entries(known).filter(([, value]) => value)) }
}
