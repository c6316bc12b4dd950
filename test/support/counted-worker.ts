import worker, {
  Directory as RealDirectory,
  Job as RealJob,
  Tenant as RealTenant,
  UpstreamGate as RealUpstreamGate,
} from '../../src/index.ts'
import { faultOf, watchEvents } from './answer-shapes.ts'
import { add, counts } from './counters.ts'

const OBJECTS = ['JOBS', 'TENANTS', 'DIRECTORY', 'GATES'] as const
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

type Method = (...args: unknown[]) => unknown

function countingNamespace(name: string, namespace: { getByName(id: string): object }) {
  return {
    getByName: (id: string) => {
      const stub = counted(namespace.getByName(id), (method) =>
        counts().objectCalls.push(`${name}.${method}`),
      )
      return name === 'JOBS' && counts().lost.length > 0 ? losing(stub) : stub
    },
  }
}

/** `stub` whose next answer to `create` is lost. */
const losing = (stub: object): object =>
  new Proxy(stub, {
    get: (real, method: string) => {
      const call = (real as Record<string, Method>)[method]!
      return async (...args: unknown[]) => {
        const marks = method === 'create' ? counts().lost.shift() : undefined
        if (!marks?.overloaded || marks.durableObjectReset) {
          const answer = await call(...args)
          if (!marks) return answer
        }
        throw Object.assign(new Error('Network connection lost.'), marks)
      }
    },
  })

const countingBucket = (bucket: R2Bucket): R2Bucket =>
  counted(bucket, (method, first) => {
    const operation = typeof first === 'string' ? `${method} ${first}` : method
    const { breaks } = counts()
    counts().r2.push(operation)
    if (breaks === null || !operation.startsWith(breaks)) return
    counts().breaks = null
    throw new Error('R2 does not answer')
  })

/** `target` with each call of a method told first. */
const counted = <T extends object>(target: T, tell: (method: string, first: unknown) => void): T =>
  new Proxy(target, {
    get:
      (real, method: string) =>
      (...args: unknown[]) => {
        tell(method, args[0])
        return (real as Record<string, Method>)[method]!(...args)
      },
  })

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

export class UpstreamGate extends RealUpstreamGate {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, counting(env))
    countStorage('UpstreamGate', ctx.storage)
  }
}

const realFetch = globalThis.fetch
globalThis.fetch = (input, init) => {
  const request = new Request(input, init)
  counts().upstream.push(`${request.method} ${request.url}`)
  return realFetch(request)
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { method, url } = request
    const answer = await worker.fetch(request, counting(env), ctx)
    const fault = await faultOf(method, url, answer)
    if (fault !== null) throw new Error(fault)
    const watch = watchEvents(url, answer, (wrong) => {
      throw new Error(wrong)
    })
    return watch && answer.body ? new Response(answer.body.pipeThrough(watch), answer) : answer
  },
}
