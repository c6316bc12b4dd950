import { shoot, type Shot } from './load.ts'
import type { Runtime, startRuntime } from './runtime.ts'
import { ADMIN_KEY } from '../support/worker.ts'

export interface BenchGateway {
  runtime: Runtime
  key: string
}

/** The gateway with the fake upstream as its only server, and a tenant without limits. */
export async function startGateway(
  start: typeof startRuntime,
  upstream: string,
  vars: Record<string, string> = {},
): Promise<BenchGateway> {
  const models = [
    { name: 'image', limits: { countMax: 10 }, price: [{ unit: 'image', usd: 0.01 }] },
  ]
  const servers = [{ id: 'bench', base_url: upstream, dialect: 'localai', models }]
  const runtime = await start('gateway', upstream, {
    ...vars,
    UPSTREAMS: JSON.stringify(servers),
  })
  const tenants = `${runtime.url}/admin/tenants`
  const { id } = await ask({ url: tenants, body: JSON.stringify({ name: 'bench' }) }, ADMIN_KEY)
  const key = { url: `${tenants}/${id}/keys`, body: JSON.stringify({ name: 'bench' }) }
  return { runtime, key: (await ask(key, ADMIN_KEY))['key']! }
}

async function ask(shot: Shot, key: string): Promise<Record<string, string>> {
  const { status, body } = await shoot({ ...shot, headers: { authorization: `Bearer ${key}` } })
  if (status !== 200) throw new Error(`${shot.url}: ${status} ${body.toString()}`)
  return JSON.parse(body.toString()) as Record<string, string>
}

/** A request for images, with the key. */
export const generation = ({ runtime, key }: BenchGateway, body: object): Shot => ({
  url: `${runtime.url}/v1/images/generations`,
  body: JSON.stringify({ model: 'bench/image', ...body }),
  headers: { authorization: `Bearer ${key}` },
})

/** A request to edit one image, as a form. */
export function edit({ runtime, key }: BenchGateway, prompt: string, image: Buffer): Shot {
  const boundary = 'bench-4f1c8a'
  const field = (name: string, value: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n`
  const text = field('model', 'bench/image') + field('prompt', prompt) + head
  return {
    url: `${runtime.url}/v1/images/edits`,
    body: Buffer.concat([Buffer.from(text), image, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
    },
  }
}
