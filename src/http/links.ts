import { imagePath } from '../core/ids.ts'
import type { ReuseKind } from '../core/tenant.ts'
import type { JobView } from '../core/view.ts'
import type { ShownJob } from '../dialects/dialect.ts'
import { signLink } from '../images/link.ts'
import { readSigningKeys } from '../images/signing-keys.ts'

/** A job with the signed links of all its images, made or not: equal for every poll. */
export async function showJob(
  env: Env,
  view: JobView,
  reused: ReuseKind | null = null,
): Promise<ShownJob> {
  const keys = await readSigningKeys(env.SIGNING_KEYS)
  const origin = (env.IMAGES_URL || view.origin).replace(/\/$/, '')
  const exp = Math.floor(view.expiresAt / 1000)
  const links = Array.from({ length: view.count }, (_, n) =>
    signLink(keys, { origin, path: imagePath(view.tenant, view.id, n), exp }),
  )
  return { view, links: await Promise.all(links), reused }
}
