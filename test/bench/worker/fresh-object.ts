import { DurableObject } from 'cloudflare:workers'
import { forward, type BenchEnv } from './bench-env.ts'
import { nullBucket } from './null-bucket.ts'

/** The least that keeps a request durably: one row in an object of its own. */
export class Fresh extends DurableObject<BenchEnv> {
  write(text: string): void {
    this.ctx.storage.sql.exec('CREATE TABLE job(json TEXT NOT NULL)')
    this.ctx.storage.sql.exec('INSERT INTO job VALUES (?)', text)
  }
}

export interface DurableEnv extends BenchEnv {
  FRESH: DurableObjectNamespace<Fresh>
}

/** The durable floor: a fresh object with one row, then a proxy that puts what it answers. */
export async function answerDurably(request: Request, env: DurableEnv): Promise<Response> {
  const id = crypto.randomUUID()
  await env.FRESH.getByName(id).write(id)
  const answer = await forward(request, env)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  await nullBucket(env).put(id, bytes)
  return new Response(bytes, answer)
}
