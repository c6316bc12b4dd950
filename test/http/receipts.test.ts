import { createExecutionContext, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { compactVerify, createLocalJWKSet, errors as jose, type JSONWebKeySet } from 'jose'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { parseJobId } from '../../src/core/ids.ts'
import { createApp } from '../../src/http/app.ts'
import { account, ask, call, generate, type Account } from '../support/client.ts'
import { ended, enqueue, idsOf } from './oxen.ts'

const small = { prompt: 'a secret wish', size: '64x64', model: 'sketch-priced' }
const seedOf = (fill: number) => Buffer.alloc(32, fill).toString('base64')

let me: Account
beforeAll(async () => {
  me = await account({ balance_usd: 10 })
})
afterAll(reset)

/** The gateway with another value of RECEIPT_KEYS. */
async function askWith(keys: string, path: string, method = 'GET') {
  const headers = { authorization: `Bearer ${me.key}` }
  const request = new Request(`https://darkroom.test${path}`, { method, headers })
  const vars = { ...env, RECEIPT_KEYS: keys }
  const answer = await createApp().fetch(request, vars, createExecutionContext())
  // oxlint-disable-next-line typescript/no-explicit-any -- as in support/client.ts
  return { status: answer.status, json: (await answer.json()) as any }
}

const keySet = async (): Promise<JSONWebKeySet> => (await ask('/.well-known/jwks.json')).json

/** As a client verifies it, with a library that has never seen the gateway's code. */
async function verify(jws: string, keys?: JSONWebKeySet) {
  const { payload, protectedHeader } = await compactVerify(
    jws,
    createLocalJWKSet(keys ?? (await keySet())),
    { algorithms: ['EdDSA'] },
  )
  return { header: protectedHeader, payload: JSON.parse(new TextDecoder().decode(payload)) }
}

const drawn = async (body: Record<string, unknown> = {}) =>
  (await generate(me.key, { ...small, ...body })).headers.get('x-darkroom-job')!

const receiptOf = async (job: string) =>
  (await ask(`/v1/jobs/${job}/receipt`, { key: me.key })).json

const hashOf = async (headers: Record<string, string>, prompt = small.prompt) => {
  const made = await generate(me.key, { ...small, prompt }, headers)
  return (await receiptOf(made.headers.get('x-darkroom-job')!)).payload.request_sha256
}

describe('a receipt', () => {
  it('says what was delivered, by whom, and what it cost, and anyone can verify it', async ({
    expect,
  }) => {
    const id = await drawn({ n: 2 })
    const job = (await ask(`/v1/jobs/${id}`, { key: me.key })).json
    const { receipt, payload } = await receiptOf(id)
    const verified = await verify(receipt)
    expect(verified.header).toEqual({ alg: 'EdDSA', kid: 'r1', typ: 'darkroom-receipt+jws' })
    expect(verified.payload).toEqual(payload)
    expect(payload).toEqual({
      v: 1,
      object: 'image.receipt',
      iss: 'https://darkroom.test',
      tenant: me.tenant,
      job: id,
      livemode: true,
      status: 'succeeded',
      created_at: job.created_at,
      started_at: job.started_at,
      completed_at: job.completed_at,
      model: 'sketch-priced',
      upstream: 'sketch',
      request_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      images: [0, 1].map((n) => ({
        n,
        sha256: job.data[n].sha256,
        content_type: 'image/png',
        bytes: job.data[n].bytes,
      })),
      charge_usd: 0.08,
      error_code: null,
      attempts: [
        {
          upstream: 'sketch',
          outcome: 'succeeded',
          started_at: job.attempts[0].started_at,
          ended_at: job.attempts[0].ended_at,
        },
      ],
    })
    expect(JSON.stringify(payload)).not.toContain('wish')
  })

  it('is the same text whenever it is read, under the id in every form', async ({ expect }) => {
    const id = await drawn()
    const { receipt } = await receiptOf(id)
    for (const form of [id, id.replace('job_', 'resp_'), parseJobId(id)!])
      expect((await receiptOf(form)).receipt).toBe(receipt)
  })

  it('of equal requests holds equal request hashes, of others other ones', async ({ expect }) => {
    const first = await hashOf({})
    expect(await hashOf({ 'idempotency-key': 'receipts-1' })).toBe(first)
    expect(await hashOf({}, 'another wish')).not.toBe(first)
  })

  it('holds the hash that the same request has in every dialect, also as one of several generations', async ({
    expect,
  }) => {
    const hashesOf = (ids: string[]) =>
      Promise.all(
        ids.map(async (id) => {
          await ended(me.key, id)
          return (await receiptOf(id)).payload.request_sha256
        }),
      )
    const body = { ...small, seed: 41, num_generations: 2 }
    const made = await enqueue(me.key, body)
    const keyed = await enqueue(me.key, body, { 'idempotency-key': 'receipts-2' })
    const aiml = await ask('/aiml/v1/images/generations', { key: me.key, body })
    const ids = [await drawn({ seed: 41 }), await drawn({ seed: 42 })]
    ids.push(aiml.headers.get('x-darkroom-job')!)
    const receipts = await Promise.all(ids.map(receiptOf))
    const [first, second, third] = receipts.map(({ payload }) => payload.request_sha256)
    expect(third).toBe(first)
    const hashes = [first, second, first, second]
    expect(await hashesOf([...idsOf(made), ...idsOf(keyed)])).toEqual(hashes)
    const wrong = await Promise.all(['1x1x1', '2x2x2'].map((size) => enqueue(me.key, { size })))
    expect(new Set(await hashesOf(wrong.flatMap(idsOf))).size).toBe(2)
  })

  it('comes bare for those who ask for application/jose', async ({ expect }) => {
    const id = await drawn()
    const headers = { accept: 'application/jose' }
    const answer = await call(`/v1/jobs/${id}/receipt`, { key: me.key, headers })
    expect(answer.headers.get('content-type')).toBe('application/jose')
    const text = new TextDecoder().decode(await answer.arrayBuffer())
    expect(text).toBe((await receiptOf(id)).receipt)
  })

  it('of a failure says that nothing was delivered and nothing charged', async ({ expect }) => {
    const made = await generate(
      me.key,
      { ...small, model: 'sketch-moderated-priced' },
      { prefer: 'respond-async' },
    )
    await ask(`/v1/jobs/${made.json.id}?wait=20`, { key: me.key })
    const { payload } = await verify((await receiptOf(made.json.id)).receipt)
    expect(payload).toMatchObject({
      status: 'failed',
      images: [],
      charge_usd: 0,
      error_code: 'moderation_blocked',
      attempts: [{ upstream: 'sketch', outcome: 'refused' }],
    })
  })

  it('is not given while the job can still change', async ({ expect }) => {
    const made = await generate(
      me.key,
      { ...small, model: 'sketch-slow' },
      { prefer: 'respond-async' },
    )
    const early = await ask(`/v1/jobs/${made.json.id}/receipt`, { key: me.key })
    expect([early.status, early.json.error.type, early.json.error.code]).toEqual([
      400,
      'invalid_request_error',
      'job_not_ended',
    ])
    await ask(made.json.urls.cancel, { key: me.key, method: 'POST' })
    expect((await receiptOf(made.json.id)).payload.status).toBe('cancelled')
  })

  it('is for its tenant only', async ({ expect }) => {
    const id = await drawn()
    const other = await account()
    const answer = await ask(`/v1/jobs/${id}/receipt`, { key: other.key })
    expect([answer.status, answer.json.error.code]).toEqual([404, 'not_found'])
  })

  it.for<[string, (parts: string[]) => void]>([
    ['a lower charge', (parts) => (parts[1] = altered(parts[1]!, { charge_usd: 0 }))],
    ['another image', (parts) => (parts[1] = altered(parts[1]!, { images: [] }))],
    [
      'a broken signature',
      (parts) => (parts[2] = parts[2]!.replace(/^./, (a) => (a === 'A' ? 'B' : 'A'))),
    ],
    ['another type', (parts) => (parts[0] = altered(parts[0]!, { typ: 'JWT' }))],
  ])('that was altered does not verify: %s', async ([, tamper], { expect }) => {
    const parts = (await receiptOf(await drawn())).receipt.split('.')
    tamper(parts)
    await expect(verify(parts.join('.'))).rejects.toThrow(jose.JWSSignatureVerificationFailed)
  })

  it('that names an unknown key, or no algorithm, does not verify', async ({ expect }) => {
    const [head, ...rest] = (await receiptOf(await drawn())).receipt.split('.')
    const other = [altered(head, { kid: 'r2' }), ...rest].join('.')
    await expect(verify(other)).rejects.toThrow(jose.JWKSNoMatchingKey)
    const none = [altered(head, { alg: 'none' }), ...rest].join('.')
    await expect(verify(none)).rejects.toThrow(jose.JOSEAlgNotAllowed)
  })
})

/** A part of a JWS with other fields. */
const altered = (part: string, fields: object): string => {
  const before = JSON.parse(Buffer.from(part, 'base64url').toString())
  return Buffer.from(JSON.stringify({ ...before, ...fields })).toString('base64url')
}

describe('the public keys', () => {
  it('are open, cacheable, and hold nothing secret', async ({ expect }) => {
    const answer = await ask('/.well-known/jwks.json', { headers: { origin: 'https://a.test' } })
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.json).toEqual({
      keys: [
        {
          kty: 'OKP',
          crv: 'Ed25519',
          use: 'sig',
          alg: 'EdDSA',
          kid: 'r1',
          x: expect.stringMatching(/^[\w-]{43}$/),
        },
      ],
    })
  })

  it('verify old and new receipts while a key is replaced', async ({ expect }) => {
    const path = `/v1/jobs/${await drawn()}/receipt`
    const [old, fresh] = [`r1:${seedOf(9)}`, `r2:${seedOf(10)}`]
    const before = (await askWith(old, path)).json.receipt
    const after = (await askWith(`${fresh},${old}`, path)).json.receipt
    const both = (await askWith(`${fresh},${old}`, '/.well-known/jwks.json')).json
    expect((await verify(before, both)).header.kid).toBe('r1')
    expect((await verify(after, both)).header.kid).toBe('r2')
    expect((await verify(after, both)).payload).toEqual((await verify(before, both)).payload)
    const later = (await askWith(fresh, '/.well-known/jwks.json')).json
    await expect(verify(before, later)).rejects.toThrow(jose.JWKSNoMatchingKey)
  })

  it('match RFC 8037, appendix A: the key of a known seed', async ({ expect }) => {
    const seed = Buffer.from('nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', 'base64url')
    const { json } = await askWith(`a:${seed.toString('base64')}`, '/.well-known/jwks.json')
    expect(json.keys[0].x).toBe('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')
  })
})

describe('without RECEIPT_KEYS', () => {
  it('there are no receipts, and the rest works', async ({ expect }) => {
    const id = await drawn()
    const answer = await askWith('', `/v1/jobs/${id}/receipt`)
    expect([answer.status, answer.json.error.code]).toEqual([501, 'not_configured'])
    expect((await askWith('', '/.well-known/jwks.json')).json).toEqual({ keys: [] })
    expect((await askWith('', `/v1/jobs/${id}`)).status).toBe(200)
    const deleted = await askWith('', `/v1/jobs/${id}`, 'DELETE')
    expect(deleted.json).toEqual({ id, object: 'image.job', deleted: true })
  })

  it.for([
    ['no list', 'nonsense'],
    ['a short key', `r1:${Buffer.alloc(31).toString('base64')}`],
    ['a long key', `r1:${Buffer.alloc(33).toString('base64')}`],
  ])('that can be read, a job is still deleted: %s', async ([, keys], { expect }) => {
    const id = await drawn()
    const receipt = await askWith(keys!, `/v1/jobs/${id}/receipt`)
    expect([receipt.status, receipt.json.error.code]).toEqual([500, 'internal_error'])
    const deleted = await askWith(keys!, `/v1/jobs/${id}`, 'DELETE')
    expect(deleted.json).toEqual({ id, object: 'image.job', deleted: true })
  })
})

describe('the deletion of a job', () => {
  it('is answered with a signed statement of what was deleted', async ({ expect }) => {
    const id = await drawn()
    const { payload: before } = await receiptOf(id)
    const started = Math.floor(Date.now() / 1000)
    const { json } = await ask(`/v1/jobs/${id}`, { key: me.key, method: 'DELETE' })
    const { payload } = await verify(json.receipt)
    expect(payload).toEqual({
      v: 1,
      object: 'image.deletion',
      iss: 'https://darkroom.test',
      tenant: me.tenant,
      job: id,
      livemode: true,
      deleted_at: expect.any(Number),
      erased: true,
      status: 'succeeded',
      images: before.images,
    })
    expect(payload.deleted_at).toBeGreaterThanOrEqual(started)
    expect((await ask(`/v1/jobs/${id}/receipt`, { key: me.key })).status).toBe(404)
  })
})
