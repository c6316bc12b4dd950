import worker, {
  Directory as RealDirectory,
  Job as RealJob,
  Tenant as RealTenant,
} from '../../src/index.ts'
import { add, counts } from './counters.ts'

const OBJECTS = ['JOBS', 'TENANTS', 'DIRECTORY'] as const
const wrapped = new WeakMap<Env, Env>()

/** The same bindings, counting; one wrapper per environment, because the gateway caches by identity. */
function counting(env: Env): Env {
  const known = wrapped.get(env)
  if (known) return known
  const counted = { ...env, IMAGES_BUCKET: countingBucket(env.IMAGES_BUCKET) }
  for (const name of OBJECTS) Object.assign(counted, { [name]: countingNamespace(name, env[name]) })
  wrapped.set(env, counted)
  return counted
}

function countingNamespace(name: string, namespace: DurableObjectNamespace<any>) {
  return {
    getByName: (id: string) =>
      new Proxy(namespace.getByName(id), {
        get:
          (stub, method: string) =>
          (...args: unknown[]) => {
            counts().objectCalls.push(`${name}.${method}`)
            return stub[method](...args)
          },
      }),
  }
}

function countingBucket(bucket: R2Bucket): R2Bucket {
  return new Proxy(bucket, {
    get:
      (target, method: keyof R2Bucket) =>
      (...args: unknown[]) => {
        counts().r2.push(`${method} ${String(typeof args[0] === 'string' ? args[0] : '')}`.trim())
        return (target[method] as (...args: unknown[]) => unknown).apply(target, args)
      },
  })
}

function countStorage(name: string, storage: DurableObjectStorage): void {
  counts().started.push(name)
  const { sql } = storage
  const exec = sql.exec.bind(sql)
  sql.exec = ((query: string, ...bindings: unknown[]) => {
    const cursor = exec(query, ...bindings)
    add(counts().rowsWritten, name, cursor.rowsWritten)
    return cursor
  }) as typeof sql.exec
  for (const method of ['setAlarm', 'deleteAlarm'] as const) {
    const real = storage[method].bind(storage) as (...args: unknown[]) => Promise<void>
    storage[method] = (...args: unknown[]) => {
      add(counts().alarmWrites, name, 1)
      return real(...args)
    }
  }
}

export class Job extends RealJob {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, counting(env))
    countStorage('Job', ctx.storage)
  }
}

export class Tenant extends RealTenant {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, counting(env))
    countStorage('Tenant', ctx.storage)
  }
}

export class Directory extends RealDirectory {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, counting(env))
    countStorage('Directory', ctx.storage)
  }
}

const realFetch = globalThis.fetch
globalThis.fetch = (input, init) => {
  const request = new Request(input, init)
  counts().upstream.push(`${request.method} ${request.url}`)
  return realFetch(request)
}

export default {
  fetch: (request: Request, env: Env, ctx: ExecutionContext) =>
    worker.fetch(request, counting(env), ctx),
}
