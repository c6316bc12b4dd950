/** Secrets are this, then 24 to 64 bytes as base64 (standardwebhooks.com). */
const PREFIX = 'whsec_'

export interface Message {
  id: string
  /** Signed and sent byte for byte. */
  body: string
}

/**
 * Headers of one try (standardwebhooks.com). Each secret makes a signature: while a secret is being
 * replaced, receivers may know either.
 *
 * @param at unix seconds of this try; receivers refuse what is older than 5 minutes
 */
export async function signedHeaders(
  { id, body }: Message,
  secrets: string[],
  at: number,
): Promise<Record<string, string>> {
  const text = new TextEncoder().encode(`${id}.${at}.${body}`)
  const signatures = secrets.map(async (secret) => `v1,${await signatureOf(secret, text)}`)
  return {
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': (await Promise.all(signatures)).join(' '),
  }
}

async function signatureOf(secret: string, text: Uint8Array): Promise<string> {
  const bytes = Uint8Array.fromBase64(secret.replace(PREFIX, ''))
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, text)).toBase64()
}
