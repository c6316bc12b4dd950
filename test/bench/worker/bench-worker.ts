import gateway, { Job as RealJob } from '../../../src/index.ts'
import { forward, type BenchEnv } from './bench-env.ts'
import { answerDurably, type DurableEnv } from './fresh-object.ts'
import { ingestAnswer } from './ingest.ts'
import { answerLeast, type LeastEnv } from './least.ts'
import { nullBucket } from './null-bucket.ts'
import { answerPlainly } from './plain.ts'

export { Directory, Tenant, UpstreamGate } from '../../../src/index.ts'
export { Fresh } from './fresh-object.ts'
export { LeastJob, LeastTenant } from './least.ts'

const wrapped = new WeakMap<Env, Env>()

/** The same bindings but for the bucket; one copy each, because the gateway caches by identity. */
function withNullBucket(env: BenchEnv): Env {
  const known = wrapped.get(env)
  if (known) return known
  const copy = { ...env, IMAGES_BUCKET: nullBucket(env) }
  wrapped.set(env, copy)
  return copy
}

export class Job extends RealJob {
  constructor(ctx: DurableObjectState, env: BenchEnv) {
    super(ctx, withNullBucket(env))
  }
}

type Role = (request: Request, env: BenchEnv, ctx: ExecutionContext) => Response | Promise<Response>

const ROLES: Record<string, Role> = {
  gateway: (request, env, ctx) => gateway.fetch(request, withNullBucket(env), ctx),
  ingest: ingestAnswer,
  floor: forward,
  plain: answerPlainly,
  durable: (request, env) => answerDurably(request, env as DurableEnv),
  least: (request, env) => answerLeast(request, env as LeastEnv),
}

/** V8 collects all garbage of the isolate; there with `--expose-gc`, as memory.ts starts it. */
function collectGarbage(): Response {
  const { gc } = globalThis as { gc?: () => void }
  gc?.()
  return new Response(null, { status: gc ? 204 : 501 })
}

/** The gateway and all it is compared with, one bundle: each runs in a process of its own. */
export default {
  fetch: (request: Request, env: BenchEnv, ctx: ExecutionContext) =>
    request.url.endsWith('/bench/gc') ? collectGarbage() : ROLES[env.ROLE]!(request, env, ctx),
}
