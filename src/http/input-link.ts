import { errors, GatewayError } from '../core/error.ts'
import { verifyLink } from '../images/link.ts'
import { readSigningKeys } from '../images/signing-keys.ts'
import type { Handler } from './context.ts'

/** `GET /in/{tenant}/{batch}/{k}?e&k&s`: a staged input, for the upstream that was sent its link. */
export const readInput: Handler = async (c) => {
  const url = new URL(c.req.url)
  const now = Math.floor(Date.now() / 1000)
  const state = await verifyLink(await readSigningKeys(c.env.SIGNING_KEYS), url, now)
  if (state !== 'ok')
    throw new GatewayError(state === 'expired' ? errors.expiredLink() : errors.badLink())
  const input = await c.env.IMAGES_BUCKET.get(url.pathname.replace('/in/', 'inputs/'))
  if (!input) throw new GatewayError(errors.notFound('There is no such input.'))
  const headers = {
    'content-type': input.httpMetadata?.contentType ?? 'application/octet-stream',
    'content-length': String(input.size),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  }
  return new Response(input.body, { headers })
}
