import { AsyncLocalStorage } from 'node:async_hooks'
import { effect, noteSteps, write, type Victim } from './kill-points.ts'

type Method = (...args: unknown[]) => unknown

/** Whose code runs: for fetches, which are global. */
export const current = new AsyncLocalStorage<Victim>()

const WRITE =
  /^\s*(INSERT|UPDATE|DELETE|CREATE|ALTER|REPLACE)\b(?:\s+(?:OR|REPLACE|INTO|FROM|TABLE|IF|NOT|EXISTS))*\s+(\w+)/i
const JOB_ROWS = ['version', 'attempt', 'image', 'event', 'delivery']

/** A statement that writes, in words, and the steps that it writes; null for one that reads. */
function labelOf(query: string, [id, json]: unknown[], { kind }: Victim) {
  const [, verb, table] = WRITE.exec(query) ?? []
  if (!verb) return null
  const words = `sql ${verb.toLowerCase()} ${table}`
  const isRow = kind === 'Job' && typeof id === 'number' && typeof json === 'string'
  if (!isRow) return { words, steps: null }
  const row = JSON.parse(json) as { type?: string; status?: string; parts?: { step: string }[] }
  if (!row.parts) {
    const part = JOB_ROWS[Math.floor(id / 1000)]!
    return { words: `${words} ${part === 'event' ? `event ${row.type}` : part}`, steps: null }
  }
  const steps = row.parts.map(({ step }) => step)
  return { words: `${words} state ${row.status} ${[...new Set(steps)].join('+')}`, steps }
}

export function watchStorage(victim: Victim): void {
  const { storage } = victim.ctx
  const exec = storage.sql.exec.bind(storage.sql)
  storage.sql.exec = ((query: string, ...bindings: unknown[]) => {
    const label = labelOf(query, bindings, victim)
    if (label === null) return exec(query, ...bindings)
    return write(victim, label.words, () => {
      const cursor = exec(query, ...bindings)
      if (label.steps) noteSteps(victim, label.steps)
      return cursor
    })
  }) as typeof exec
  for (const method of ['setAlarm', 'deleteAlarm', 'deleteAll'] as const) {
    const real = storage[method].bind(storage) as (...args: unknown[]) => Promise<void>
    storage[method] = (...args: unknown[]) => write(victim, method, () => real(...args))
  }
}

/** The bindings of one object, whose calls out of it are points. */
export function watchBindings(victim: Victim, env: Env): Env {
  const watched = { ...env, IMAGES_BUCKET: watchBucket(victim, env.IMAGES_BUCKET) }
  for (const name of ['JOBS', 'TENANTS', 'GATES'] as const)
    Object.assign(watched, {
      [name]: {
        getByName: (id: string) =>
          intercepted(env[name].getByName(id) as object, (method) => `${name}.${method}`, victim),
      },
    })
  return watched
}

const R2_WRITES = ['put', 'delete', 'createMultipartUpload', 'uploadPart', 'complete', 'abort']

const r2Label = (method: string, first: unknown): string | null => {
  if (!R2_WRITES.includes(method)) return null
  const key = Array.isArray(first) ? (first[0] as unknown) : first
  return `R2.${method} ${typeof key === 'string' ? key.split('/')[0] : ''}`.trimEnd()
}

function watchBucket(victim: Victim, bucket: R2Bucket): R2Bucket {
  return intercepted(bucket, r2Label, victim, (result, method) =>
    method === 'createMultipartUpload'
      ? intercepted(result as R2MultipartUpload, r2Label, victim)
      : result,
  )
}

/** `target` whose methods are points, where they have a label. */
function intercepted<T extends object>(
  target: T,
  label: (method: string, first: unknown) => string | null,
  victim: Victim,
  wrap: (result: unknown, method: string) => unknown = (result) => result,
): T {
  return new Proxy(target, {
    get: (real, method: string) => {
      const value = (real as Record<string, unknown>)[method]
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        const perform = () => (real as Record<string, Method>)[method]!(...args)
        const words = label(method, args[0])
        if (words === null) return perform()
        return effect(victim, words, async () => wrap(await perform(), method))
      }
    },
  })
}

const realFetch = globalThis.fetch
globalThis.fetch = (input, init) => {
  const victim = current.getStore()
  const request = new Request(input, init)
  if (!victim) return realFetch(request)
  const path = new URL(request.url).pathname.replaceAll(/[^/]*\d{3}[^/]*|[0-9a-f-]{20,}/g, '*')
  return effect(victim, `fetch ${request.method} ${path}`, () => realFetch(request))
}
