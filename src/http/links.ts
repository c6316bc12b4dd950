import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import { imagePath, watchPath } from '../core/ids.ts'
import { seconds } from '../core/seconds.ts'
import type { ReuseKind } from '../core/tenant.ts'
import type { JobView } from '../core/view.ts'
import type { ShownJob } from '../dialects/dialect.ts'
import { signLink, verifyLink } from '../images/link.ts'
import { readSigningKeys } from '../images/signing-keys.ts'
import type { App } from './context.ts'

/** A job with the signed links of all its images, made or not: equal for every poll with the same first of `SIGNING_KEYS`. */
export async function showJob(
  env: Env,
  view: JobView,
  reused: ReuseKind | null = null,
): Promise<ShownJob> {
  const paths = Array.from({ length: view.count }, (_, n) => imagePath(view.tenant, view.id, n))
  const [watch, ...links] = await Promise.all([
    sign(env, view, view.origin, watchPath(view.tenant, view.id)),
    ...paths.map((path) => signPath(env, view, path)),
  ])
  return { view, links, watch, reused }
}

/** A signed link of something that the job has stored. */
export const signPath = (env: Env, view: JobView, path: string): Promise<string> =>
  sign(env, view, env.IMAGES_URL || view.origin, path)

async function sign(env: Env, view: JobView, host: string, path: string): Promise<string> {
  const keys = await readSigningKeys(env.SIGNING_KEYS)
  const exp = seconds(view.expiresAt)
  return signLink(keys, { origin: host.replace(/\/$/, ''), path, exp })
}

/** The request's URL, once its signature was found good. */
export async function requireLink(c: Context<App>): Promise<URL> {
  const url = new URL(c.req.url)
  const now = seconds(Date.now())
  const state = await verifyLink(await readSigningKeys(c.env.SIGNING_KEYS), url, now)
  if (state === 'bad') throw new GatewayError(errors.badLink())
  if (state === 'expired') throw new GatewayError(errors.expiredLink())
  return url
}
