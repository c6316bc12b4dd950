import { reset } from 'cloudflare:test'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { parseJobId } from '../../src/core/ids.ts'
import { SCOPES, type Scope } from '../../src/core/tenant.ts'
import type { Route } from '../../src/http/context.ts'
import { ROUTES } from '../../src/http/routes.ts'
import { newKey, parseKey } from '../../src/tenants/key.ts'
import { account, admin, ask, call, generate } from '../support/client.ts'

afterAll(reset)

const CANARY = 'canary4711'

/** One call of a route; every parameter of its path is `id`. */
async function visit({ method, path, body }: Route, id: string, key?: string) {
  const filled = path.replaceAll(/:\w+(\{[^}]*\})?/g, encodeURIComponent(id))
  const answer = await call(filled, {
    method,
    ...(key !== undefined && { key }),
    ...(body && { body: {} }),
  })
  // An event stream of another's job would be open for long: its head says enough.
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  const text = isStream ? 'a stream' : await answer.text()
  if (isStream) await answer.body?.cancel()
  return { status: answer.status, text, isLackingScope: text.includes('lacks the scope') }
}

const guarded = ROUTES.filter(({ access }) => (SCOPES as readonly string[]).includes(access))
const nameOf = ({ method, path }: Route): string => `${method} ${path}`

describe('a key with one scope', () => {
  const keys = new Map<Scope, string>()

  beforeAll(async () => {
    const { tenant } = await account()
    for (const scope of SCOPES) {
      const made = await admin(`/tenants/${tenant}/keys`, { name: scope, scopes: [scope] })
      keys.set(scope, made.json.key)
    }
  })

  it.for(guarded.map((route) => [nameOf(route), route] as const))(
    'may use %s if it is the right one, and else not',
    async ([, route], { expect }) => {
      for (const scope of SCOPES) {
        const { status, isLackingScope } = await visit(route, 'x', keys.get(scope))
        expect([scope, isLackingScope]).toEqual([scope, scope !== route.access])
        if (isLackingScope) expect(status).toBe(403)
      }
    },
  )

  it('reaches no route of the operator, whatever its scope', async ({ expect }) => {
    const closed = ROUTES.filter(({ access }) => access === 'admin')
    expect(closed.length).toBeGreaterThan(5)
    for (const route of closed)
      for (const key of [...keys.values(), undefined])
        expect([nameOf(route), (await visit(route, 'x', key)).status]).toEqual([nameOf(route), 401])
  })

  it('is needed wherever a route is neither open nor for signed links', async ({ expect }) => {
    for (const route of guarded)
      expect([nameOf(route), (await visit(route, 'x')).status]).toEqual([nameOf(route), 401])
    for (const route of ROUTES.filter(({ access }) => access === 'link'))
      expect([nameOf(route), (await visit(route, 'x')).status]).toEqual([nameOf(route), 403])
  })
})

describe('a revoked key that is remembered', () => {
  const all = { scopes: [...SCOPES] }
  const acting = guarded.filter(({ method, access }) =>
    access === 'images:create' ? false : method !== 'GET' || access.endsWith(':admin'),
  )

  it.for(acting.map((route) => [nameOf(route), route] as const))(
    'is refused by %s',
    async ([, route], { expect }) => {
      const { tenant, key } = await account({}, all)
      expect((await ask('/v1/jobs', { key })).status).toBe(200)
      const id = parseKey(key)!.keyId
      await admin(`/tenants/${tenant}/keys/${id}`, undefined, 'DELETE')
      expect((await ask('/v1/jobs', { key })).status).toBe(200)
      expect((await visit(route, 'x', key)).status).toBe(401)
      // What the tenant has said once holds for reads, too.
      expect((await ask('/v1/jobs', { key })).status).toBe(401)
    },
  )
})

describe('another tenant', () => {
  it('is shown and changes nothing, by any route and with any id', async ({ expect }) => {
    const all = { scopes: [...SCOPES] }
    const [mine, other] = [await account({ name: CANARY }, all), await account({}, all)]
    const asked = {
      prompt: CANARY,
      size: '64x64',
      seed: 1,
      gateway: { metadata: { secret: CANARY } },
    }
    const made = await generate(mine.key, asked, { 'idempotency-key': CANARY })
    const job = made.headers.get('x-darkroom-job')!
    const short = job.slice('job_'.length)
    const keys = await ask('/v1/keys', { key: mine.key })
    const keyId = keys.json.data[0].id
    // The ids of each kind in each form; a route gets those of other kinds too.
    const ids = [job, `resp_${short}`, `req_${short}`, short, parseJobId(job)!, `${job}.0`]
    ids.push(keyId, mine.tenant, CANARY)
    const secrets = [...ids, mine.key, made.json.data[0].url.split('s=')[1]]
    const before = await stateOf(mine.key, job)
    let visits = 0
    for (const route of guarded)
      for (const id of ids) {
        const seen = await visit(route, id, other.key)
        visits += 1
        const place = `${nameOf(route)} with ${id}`
        // What the caller said itself may be repeated to it, for example the name of an unknown model.
        const leaked = secrets.filter((secret) => secret !== id && !id.includes(secret))
        const shown = seen.text.replaceAll(id, '')
        expect([place, leaked.filter((secret) => shown.includes(secret))]).toEqual([place, []])
        if (route.path.includes(':')) expect([place, seen.status]).toEqual([place, 404])
      }
    expect(visits).toBe(guarded.length * ids.length)
    expect(await stateOf(mine.key, job)).toEqual(before)
    const again = await generate(other.key, asked, { 'idempotency-key': CANARY })
    expect(again.headers.get('x-darkroom-job')).not.toBe(job)
  })
})

describe('a key that was altered', () => {
  it('is never accepted: 10,000 tries', { timeout: 60_000 }, async ({ expect }) => {
    const { tenant, key } = await account()
    expect(await statusOf(key)).toBe(200)
    const altered = [...fc.sample(mutation(key), 9500)].filter((text) => text !== key)
    // With a good checksum: another secret under the same id, or the same secret under another.
    const secret = parseKey(key)!.secret
    for (let n = 0; altered.length < 10_000; n++) {
      const fresh = await newKey(tenant, n % 2 === 0)
      altered.push(fresh.text)
      expect(fresh.text).not.toContain(secret)
    }
    // All that are read as keys are sent, and a tenth of those that are not, which all go the same way.
    const sent = altered.filter((text, n) => n % 10 === 0 || parseKey(text) !== null)
    expect(sent.length).toBeGreaterThan(1400)
    for (let from = 0; from < sent.length; from += 100) {
      const batch = sent.slice(from, from + 100)
      const statuses = await Promise.all(batch.map(statusOf))
      expect(statuses.filter((status) => status !== 401)).toEqual([])
    }
    expect(altered).toHaveLength(10_000)
    expect(await statusOf(key)).toBe(200)
  })
})

/** All that a tenant sees of itself. */
async function stateOf(key: string, job: string) {
  const paths = [`/v1/jobs/${job}`, '/v1/jobs', '/v1/keys', '/v1/balance']
  const seen = await Promise.all(paths.map((path) => ask(path, { key })))
  return seen.map(({ status, json }) => ({ status, json }))
}

async function statusOf(text: string): Promise<number> {
  const answer = await call('/v1/balance', { headers: { authorization: `Bearer ${text}` } })
  await answer.body?.cancel()
  return answer.status
}

/** One to three slips: another character, one left out, two swapped, one doubled, another case, something added. */
function mutation(key: string): fc.Arbitrary<string> {
  const character = fc.constantFrom('0', 'O', 'o', '1', 'l', 'I', 'z', 'Z', '_', '-', '.', '%', ' ')
  const slip = fc.record({ kind: fc.nat(6), at: fc.nat(key.length - 1), character })
  return fc.array(slip, { minLength: 1, maxLength: 3 }).map((slips) => {
    const mutated = slips.reduce((text, { kind, at, character: c }) => {
      const [head, tail] = [text.slice(0, at), text.slice(at)]
      const [first = '', second = ''] = tail
      switch (kind) {
        case 0:
          return head + c + tail.slice(1)
        case 1:
          return head + tail.slice(1)
        case 2:
          return head + second + first + tail.slice(2)
        case 3:
          return head + first + tail
        case 4:
          return (
            head +
            (first === first.toLowerCase() ? first.toUpperCase() : first.toLowerCase()) +
            tail.slice(1)
          )
        case 5:
          return head
        default:
          return text + c
      }
    }, key)
    // Header values hold no such characters; spaces at the end are no part of them.
    return mutated.replaceAll(/[^\x21-\x7e]/g, '.')
  })
}
