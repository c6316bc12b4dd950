import { errors, GatewayError } from '../core/error.ts'
import type { Handler } from './context.ts'
import { requireLink } from './links.ts'

/** `GET /in/{tenant}/{batch}/{k}?e&k&s`: a staged input, for the upstream that was sent its link. */
export const readInput: Handler = async (c) => {
  const { pathname } = await requireLink(c)
  const input = await c.env.IMAGES_BUCKET.get(pathname.replace('/in/', 'inputs/'))
  if (!input) throw new GatewayError(errors.notFound('There is no such input.'))
  const headers = {
    'content-type': input.httpMetadata?.contentType ?? 'application/octet-stream',
    'content-length': String(input.size),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  }
  return new Response(input.body, { headers })
}
