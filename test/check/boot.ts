/** Boots the built artefact in plain Miniflare and draws one image through its HTTP API. */
import assert from 'node:assert/strict'
import { startGateway } from '../support/gateway.ts'
import { ADMIN_KEY } from '../support/worker.ts'

const PNG_MAGIC = '89504e470d0a1a0a'

async function post<T>(url: string, key: string, body: object): Promise<T> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  assert.ok(answer.ok, `POST ${url}: ${answer.status} ${text}`)
  return JSON.parse(text) as T
}

async function draw(gateway: string): Promise<void> {
  const tenants = `${gateway}/admin/tenants`
  const tenant = await post<{ id: string }>(tenants, ADMIN_KEY, { name: 'check' })
  const { key } = await post<{ key: string }>(`${tenants}/${tenant.id}/keys`, ADMIN_KEY, {
    name: 'check',
  })
  const { data } = await post<{ data: { url: string }[] }>(
    `${gateway}/v1/images/generations`,
    key,
    { prompt: 'a lighthouse at dusk' },
  )
  assert.equal(data.length, 1)
  const image = await fetch(data[0]?.url ?? '')
  const bytes = Buffer.from(await image.arrayBuffer())
  assert.equal(image.status, 200)
  assert.equal(bytes.subarray(0, 8).toString('hex'), PNG_MAGIC)
  console.log(`drew a PNG of ${bytes.length} bytes`)
}

const gateway = await startGateway({})
try {
  await draw(gateway.url)
} finally {
  await gateway.stop()
}
