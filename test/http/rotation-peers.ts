import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { Webhook } from 'standardwebhooks'
import { vi } from 'vitest'
import { PNG } from '../images/samples.ts'

export const LAB = 'https://lab.pictures.com/v1'
const HOOKS = 'https://hooks.pictures.com/'

/** A server of images that takes `LAB_KEY`. */
export const LAB_VARS = {
  UPSTREAMS: JSON.stringify([
    { id: 'lab', base_url: LAB, key_env: 'LAB_KEY', dialect: 'openai', models: ['one'] },
  ]),
}

/** Whom the gateway calls: an upstream that takes some keys, and receivers that know one secret each. */
export class Peers {
  readonly accepted = new Set<string>()
  /** By the last part of the receiver's address. */
  readonly secrets = new Map<string, string>()
  readonly failures: string[] = []
  /** Events that each secret has verified. */
  readonly verified = new Map<string, number>()

  static urlOf = (receiver: string): string => HOOKS + receiver

  start(): void {
    const real = globalThis.fetch
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const request = new Request(input, init)
      if (request.url.startsWith(HOOKS)) return this.#receive(request)
      return request.url.startsWith(LAB) ? this.#draw(request) : real(request)
    })
  }

  /** Each secret of today has verified an event. */
  get knowAll(): boolean {
    return [...this.secrets.values()].every((secret) => this.verified.has(secret))
  }

  get events(): number {
    return [...this.verified.values()].reduce((sum, count) => sum + count, 0)
  }

  async #draw(request: Request): Promise<Response> {
    await request.arrayBuffer()
    const key = request.headers.get('authorization')?.replace('Bearer ', '') ?? ''
    if (!this.accepted.has(key)) return Response.json({ error: { message: 'no' } }, { status: 401 })
    return Response.json({ created: 1, data: [{ b64_json: PNG.toBase64() }] })
  }

  async #receive(request: Request): Promise<Response> {
    const body = await request.text()
    const secret = this.secrets.get(request.url.slice(HOOKS.length))!
    try {
      new Webhook(secret).verify(body, Object.fromEntries(request.headers))
      this.verified.set(secret, (this.verified.get(secret) ?? 0) + 1)
      return new Response(null, { status: 204 })
    } catch {
      this.failures.push(`${request.url} is not signed with the secret that it knows`)
      return new Response(null, { status: 401 })
    }
  }
}

/** Objects of the gateway see these secrets from now on; their environment is one for all jobs. */
export const deployToObjects = (secrets: Record<string, string | undefined>): Promise<void> =>
  runInDurableObject(env.JOBS.getByName('none'), (job) => {
    Object.assign((job as unknown as { env: object }).env, secrets)
  })
