import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import worker from '../../src/index.ts'
import { faultOf } from '../support/answer-shapes.ts'

/** The gateway as it is deployed at the moment: its secrets change while requests are under way. */
export class Deployment {
  /** Answers out of shape. */
  readonly faults: string[] = []
  #env: Env = env

  deploy(vars: Partial<Env> & { LAB_KEY?: string; UPSTREAMS?: string }): void {
    this.#env = { ...this.#env, ...vars }
  }

  async ask(path: string, key?: string, body?: object) {
    const request = new Request(new URL(path, 'https://darkroom.test'), {
      method: body ? 'POST' : 'GET',
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer = await worker.fetch(request, this.#env, createExecutionContext())
    // Past the Worker under test, which looks at all its answers.
    const fault = await faultOf(request.method, request.url, answer)
    if (fault !== null) this.faults.push(fault)
    const job = answer.headers.get('x-darkroom-job')
    return { status: answer.status, job, bytes: new Uint8Array(await answer.arrayBuffer()) }
  }

  async read(path: string, key?: string, body?: object) {
    const { status, job, bytes } = await this.ask(path, key, body)
    return { status, job, json: JSON.parse(new TextDecoder().decode(bytes)) }
  }
}
