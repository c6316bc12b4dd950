/** The gateway in a build whose jobs and tenants can be killed at each of their writes and effects. */
import worker, { Job as RealJob, Tenant as RealTenant } from '../../src/index.ts'
import { parseJobId, showJobId } from '../../src/core/ids.ts'
import { arm, disarm, drop, noteJob, type Victim } from './kill-points.ts'
import { current, watchBindings, watchStorage } from './killed-bindings.ts'
import type { Kill } from './kills.ts'

// Nobody reads its log, and a line of it costs as much as a request.
console.log = () => {}

export { Directory, UpstreamGate } from '../../src/index.ts'

const victims = new WeakMap<DurableObjectState, Victim>()

function victimOf(ctx: DurableObjectState, kind: Victim['kind']): Victim {
  const victim = victims.get(ctx) ?? { ctx, kind, dying: false, stretch: 0 }
  victims.set(ctx, victim)
  return victim
}

export class Job extends RealJob {
  readonly #victim: Victim

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, watchBindings(victimOf(ctx, 'Job'), env))
    this.#victim = victimOf(ctx, 'Job')
    watchStorage(this.#victim)
  }

  override create(...args: Parameters<RealJob['create']>) {
    noteJob(this.ctx.id.name!, args[2].tenant)
    return current.run(this.#victim, () => super.create(...args))
  }

  override cancel(tenant: string) {
    return current.run(this.#victim, () => super.cancel(tenant))
  }

  override remove(tenant: string) {
    return current.run(this.#victim, () => super.remove(tenant))
  }

  override alarm() {
    return current.run(this.#victim, () => super.alarm())
  }

  /** What is at rest here: tables, and whether an alarm is set. */
  async left(): Promise<number> {
    const tables = this.ctx.storage.sql.exec(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '_cf%'",
    )
    return tables.toArray().length + ((await this.ctx.storage.getAlarm()) === null ? 0 : 1)
  }
}

export class Tenant extends RealTenant {
  readonly #victim: Victim

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, watchBindings(victimOf(ctx, 'Tenant'), env))
    this.#victim = victimOf(ctx, 'Tenant')
    watchStorage(this.#victim)
  }

  override alarm() {
    return current.run(this.#victim, () => super.alarm())
  }
}

type Asked =
  | { arm: string; kills: Kill[] }
  | { disarm: string }
  | { drop: string }
  | { left: string; jobs: string[] }

/** Without the type of JSON: no answer of the gateway, so that no shape of those is asked of it. */
const tell = (answer: object): Response => new Response(JSON.stringify(answer))

/** What the test asks beside the gateway's own routes. */
async function control(request: Request, env: Env): Promise<Response> {
  const asked = await request.json<Asked>()
  if ('arm' in asked) arm(asked.arm, asked.kills)
  if ('disarm' in asked) {
    const trace = disarm(asked.disarm)
    return tell({ ...trace, jobs: trace.jobs.map(showJobId) })
  }
  if ('drop' in asked) drop(asked.drop)
  if ('left' in asked) return tell(await leftOf(env, asked.left, asked.jobs))
  return tell({})
}

/** Keys in R2, and those of these jobs whose objects hold anything. */
async function leftOf(env: Env, tenant: string, jobs: string[]) {
  const kinds = ['images', 'partials', 'inputs'].map((kind) => `${kind}/${tenant}/`)
  const lists = await Promise.all(kinds.map((prefix) => env.IMAGES_BUCKET.list({ prefix })))
  const stubs = jobs.map(
    (job) => env.JOBS.getByName(parseJobId(job)!) as object as { left(): Promise<number> },
  )
  const rows = await Promise.all(stubs.map((stub) => stub.left()))
  return {
    keys: lists.flatMap(({ objects }) => objects.map(({ key }) => key)),
    jobs: jobs.filter((_, i) => rows[i]! > 0),
  }
}

export default {
  fetch: (request: Request, env: Env, ctx: ExecutionContext) =>
    request.url.endsWith('/kill') ? control(request, env) : worker.fetch(request, env, ctx),
}
