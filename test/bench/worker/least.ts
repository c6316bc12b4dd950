import { DurableObject } from 'cloudflare:workers'
import { forward, type BenchEnv } from './bench-env.ts'
import { nullBucket } from './null-bucket.ts'

export interface LeastEnv extends BenchEnv {
  LEAST_JOBS: DurableObjectNamespace<LeastJob>
  LEAST_TENANTS: DurableObjectNamespace<LeastTenant>
}

/** Holds and charges: one row for each job. */
export class LeastTenant extends DurableObject<LeastEnv> {
  reserve(job: string): void {
    this.ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS held(job TEXT PRIMARY KEY, charge INTEGER)',
    )
    this.ctx.storage.sql.exec('INSERT INTO held VALUES (?, NULL)', job)
  }

  settle(job: string): void {
    this.ctx.storage.sql.exec('UPDATE held SET charge = 1 WHERE job = ?', job)
  }
}

/**
 * What each line of the promise costs at least: written before it is asked for, reserved before it is
 * called, called in the alarm, stored, charged, and written down as charged. It checks, reads, signs and
 * answers nothing.
 */
export class LeastJob extends DurableObject<LeastEnv> {
  readonly #ended = Promise.withResolvers<ArrayBuffer>()
  #reserved: Promise<void> | null = null
  #body = ''

  async create(body: string): Promise<ArrayBuffer> {
    this.#body = body
    this.ctx.storage.sql.exec('CREATE TABLE job(json TEXT NOT NULL)')
    this.ctx.storage.sql.exec('INSERT INTO job VALUES (?)', body)
    void this.ctx.storage.setAlarm(Date.now())
    this.#reserved = this.#tenant().reserve(this.ctx.id.name!)
    return this.#ended.promise
  }

  override async alarm(): Promise<void> {
    await this.#reserved
    this.#write('running')
    const url = `${this.env.UPSTREAM}/images/generations`
    const headers = { 'content-type': 'application/json' }
    const request = new Request(url, { method: 'POST', headers, body: this.#body })
    const bytes = await (await forward(request, this.env)).arrayBuffer()
    await nullBucket(this.env).put(this.ctx.id.name!, new Uint8Array(bytes))
    this.#write('succeeded')
    await this.#tenant().settle(this.ctx.id.name!)
    this.#ended.resolve(bytes)
    await scheduler.wait(0)
    this.#write('settled')
    void this.ctx.storage.setAlarm(Date.now() + 86_400_000)
  }

  #tenant(): DurableObjectStub<LeastTenant> {
    return this.env.LEAST_TENANTS.getByName('tenant')
  }

  #write(status: string): void {
    this.ctx.storage.sql.exec('UPDATE job SET json = ?', `${status} ${this.#body}`)
  }
}

export async function answerLeast(request: Request, env: LeastEnv): Promise<Response> {
  const body = await request.text()
  return new Response(await env.LEAST_JOBS.getByName(crypto.randomUUID()).create(body))
}
