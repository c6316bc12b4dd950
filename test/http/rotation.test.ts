import { reset } from 'cloudflare:test'
import { afterAll, afterEach, describe, it, vi } from 'vitest'
import { account, admin } from '../support/client.ts'
import { Deployment } from './deployed.ts'
import { deployToObjects, LAB_VARS, Peers } from './rotation-peers.ts'

afterEach(async () => {
  vi.restoreAllMocks()
  await deployToObjects({ LAB_KEY: undefined })
})
afterAll(reset)

const CLIENTS = 50
const secret = (fill: number) => new Uint8Array(32).fill(fill).toBase64()
const ADMIN = (name: string) => `admin-key-${name}-0123456789abcdef0123456789`

describe('rotating every secret', () => {
  it(`fails no request of ${CLIENTS} clients`, { timeout: 60_000 }, async ({ expect }) => {
    const gateway = new Deployment()
    const made = await account(
      {},
      { scopes: ['images:create', 'jobs:read', 'keys:admin', 'webhooks:admin'] },
    )
    const peers = new Peers()
    peers.start()
    /** What clients are told to use: all of it changes. */
    const now = { key: made.key, adminKey: ADMIN('a') }
    gateway.deploy({ ADMIN_KEY: now.adminKey, SIGNING_KEYS: `k1:${secret(1)}` })
    gateway.deploy({ RECEIPT_KEYS: `k1:${secret(3)}`, ...LAB_VARS })
    const useLabKey = async (LAB_KEY: string) => {
      peers.accepted.add(LAB_KEY)
      gateway.deploy({ LAB_KEY })
      await deployToObjects({ LAB_KEY })
    }
    await useLabKey('lab-a')
    const hooks = '/v1/webhook_endpoints'
    const endpoint = await gateway.read(hooks, now.key, { url: Peers.urlOf('endpoint') })
    const request = await gateway.read(`${hooks}/request`, now.key)
    const receivers = [
      ['endpoint', endpoint.json],
      ['request', request.json],
    ] as const
    for (const [name, { signing_secret }] of receivers) peers.secrets.set(name, signing_secret)
    const failures: string[] = []
    const links: string[] = []
    let events = 0
    let requests = 0
    const waiters: { at: number; resolve: () => void }[] = []
    /** Until each client has asked once more, one with another: rotations fall into their midst. */
    const pause = () =>
      new Promise<void>((resolve) => {
        waiters.push({ at: requests + CLIENTS, resolve })
      })
    const until = { isOver: false }
    const must = (what: string, status: number) => {
      requests += 1
      for (const waiter of waiters.splice(0))
        if (waiter.at <= requests) waiter.resolve()
        else waiters.push(waiter)
      if (status !== 200) failures.push(`${what} ${status}`)
    }
    const client = async (n: number) => {
      for (let round = 0; !until.isOver || round === 0; round++) {
        const body = {
          prompt: `${n}.${round}`,
          model: 'lab/one',
          ...(n % 5 === 0 && { gateway: { webhook_url: Peers.urlOf('request') } }),
        }
        const drawn = await gateway.read('/v1/images/generations', now.key, body)
        must('submit', drawn.status)
        const link = drawn.json.data?.[0].url
        if (link) must('fetch', (await gateway.ask(link)).status)
        if (link) links.push(link)
        events += n % 5 === 0 ? 2 : 1
        const receipt = await gateway.ask(`/v1/jobs/${drawn.job}/receipt`, now.key)
        must('receipt', receipt.status)
        must('list', (await gateway.ask('/v1/jobs?limit=1', now.key)).status)
        must('admin', (await gateway.ask('/admin/tenants?limit=1', now.adminKey)).status)
      }
    }
    /** Receivers learn the new secrets when clients have gone on for a while. */
    const rotateWebhooks = async () => {
      const learnt = receivers.map(async ([name, { id }]) => {
        const { json } = await gateway.read(`${hooks}/${id}/rotate_secret`, now.key, {})
        return [name, json.signing_secret] as const
      })
      const all = await Promise.all(learnt)
      return () => all.forEach(([name, text]) => peers.secrets.set(name, text))
    }
    const rotateKey = async () => {
      const { json } = await gateway.read('/v1/keys', now.key)
      const [current] = json.data
      const heir = await gateway.read(`/v1/keys/${current.id}/rotate`, now.key, { overlap_s: 600 })
      now.key = heir.json.key
    }
    const clients = Promise.all(Array.from({ length: CLIENTS }, (_, n) => client(n)))
    try {
      await pause()
      for (const [old, next] of [
        ['a', 'b'],
        ['b', 'c'],
      ] as const) {
        const [learn] = await Promise.all([rotateWebhooks(), rotateKey(), useLabKey(`lab-${next}`)])
        gateway.deploy({ ADMIN_KEY: `${ADMIN(old)}, ${ADMIN(next)}` })
        now.adminKey = ADMIN(next)
        await pause()
        gateway.deploy({ ADMIN_KEY: ADMIN(next) })
        while (!peers.knowAll) await pause()
        learn()
        await pause()
        peers.accepted.delete(`lab-${old}`)
      }
      // A new signing key is known everywhere before it signs, and the old one verifies what is out.
      const [k1, k2] = [`k1:${secret(1)}`, `k2:${secret(2)}`]
      for (const keys of [`${k1},${k2}`, `${k2},${k1}`]) {
        gateway.deploy({ SIGNING_KEYS: keys, RECEIPT_KEYS: keys })
        await pause()
      }
      while (!peers.knowAll || !links.some((link) => link.includes('&k=k2&'))) await pause()
    } finally {
      until.isOver = true
    }
    await clients
    expect(failures).toEqual([])
    // Every job was told of, to receivers that knew three secrets each, one after the other.
    await expect.poll(() => peers.events, { timeout: 10_000 }).toBe(events)
    expect([peers.failures, peers.verified.size]).toEqual([[], 6])
    expect(requests).toBeGreaterThan(CLIENTS * 4)
    expect(links[0]).toContain('&k=k1&')
    for (const link of [links[0]!, links.at(-1)!])
      must('old link', (await gateway.ask(link)).status)
    expect(failures).toEqual([])
    expect(gateway.faults).toEqual([])
    // What was replaced is worth nothing any more.
    expect((await gateway.ask('/admin/tenants', ADMIN('a'))).status).toBe(401)
    expect([...peers.accepted]).toEqual(['lab-c'])
    const { json } = await admin(`/tenants/${made.tenant}/keys`)
    expect(json.data).toHaveLength(3)
  })
})

describe('ADMIN_KEY', () => {
  it('may hold two keys, and none of them weak', async ({ expect }) => {
    const gateway = new Deployment()
    gateway.deploy({ ADMIN_KEY: `${ADMIN('a')},${ADMIN('b')}` })
    const statusOf = async (key: string) => (await gateway.ask('/admin/tenants', key)).status
    expect([await statusOf(ADMIN('a')), await statusOf(ADMIN('b'))]).toEqual([200, 200])
    expect(await statusOf(`${ADMIN('a')},${ADMIN('b')}`)).toBe(401)
    for (const keys of [`${ADMIN('a')},short`, `${ADMIN('a')},`, '']) {
      gateway.deploy({ ADMIN_KEY: keys })
      expect([await statusOf(ADMIN('a')), await statusOf('')]).toEqual([404, 404])
    }
  })
})
