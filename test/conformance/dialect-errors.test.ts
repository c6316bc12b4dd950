import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Fault } from '../upstreams/faults.ts'
import { ask, listCharges, openAccount, type Account } from './client.ts'
import { CLIENT_APIS } from './dialects.ts'
import { WORDS } from './upstream-fault-table.ts'
import { startStage, type Stage } from './upstream-stage.ts'

const MODELS = { priced: { base: 'sketch-1', price: [{ unit: 'image', usd: 0.04 }] } }
/** What upstreams do, one for each API: a failure of one keeps others from it for a while. */
const FAULTS: Record<string, Fault> = {
  'lost-answer': { kind: 'lost_answer' },
  'no-credit': { kind: 'no_credit' },
  'server-error': { kind: 'status', status: 500, message: WORDS },
}
const upstreams = Object.entries(FAULTS).flatMap(([what, fault]) =>
  CLIENT_APIS.map(({ name }) => ({ fault, id: `${name}-${what}` })),
)

let stage: Stage
let poor: Account
beforeAll(async () => {
  stage = await startStage(
    upstreams.map(({ id }) => ({ id, kind: 'openai' })),
    MODELS,
  )
  for (const { id, fault } of upstreams) stage.servers.get(id)!.faults.add({ ...fault, times: 99 })
  poor = await openAccount(stage.gateway.url, 0)
})
afterAll(() => stage.stop())

interface Case {
  what: string
  /** Of an upstream without the API's name before it. */
  model: string
  /** The gateway's own words. */
  status: number
  code: string
  /** Told where a repeat could bill again or cannot help. */
  noRepeat?: true
  prompt?: string | null
  key?: 'poor' | 'none'
  headers?: Record<string, string>
  gateway?: object
  /** The answer has these words. */
  says?: string
}

/** What waits comes first: tests of a block start in their order, five at a time. */
const CASES: readonly Case[] = [
  { what: 'a busy upstream', model: 'sketch-429', status: 429, code: 'rate_limit_exceeded' },
  { what: 'no upstream', model: 'sketch-503', status: 503, code: 'no_upstream_available' },
  { what: 'a failure of the gateway', model: 'sketch-500', status: 500, code: 'internal_error' },
  { what: 'a failed upstream', model: 'sketch-502', status: 502, code: 'upstream_failed' },
  {
    what: 'an upstream whose account is empty',
    model: 'no-credit/gpt-image-2',
    status: 502,
    code: 'upstream_failed',
    noRepeat: true,
  },
  {
    what: 'a lost answer',
    model: 'lost-answer/gpt-image-2',
    status: 502,
    code: 'upstream_outcome_unknown',
    noRepeat: true,
  },
  {
    what: 'a server that fails',
    model: 'server-error/gpt-image-2',
    status: 502,
    code: 'upstream_outcome_unknown',
    noRepeat: true,
  },
  {
    what: 'a deadline that passed',
    model: 'sketch-slow',
    gateway: { deadline_s: 1 },
    status: 504,
    code: 'job_expired',
    noRepeat: true,
  },
  {
    what: 'an upstream without credit',
    model: 'sketch-quota',
    status: 429,
    code: 'insufficient_quota',
    noRepeat: true,
  },
  { what: 'a refused prompt', model: 'sketch-moderated', status: 400, code: 'moderation_blocked' },
  {
    what: 'a missing field',
    model: 'sketch-1',
    prompt: null,
    status: 400,
    code: 'missing_required_parameter',
  },
  { what: 'no key', model: 'sketch-1', key: 'none', status: 401, code: 'invalid_api_key' },
  { what: 'no money', model: 'priced', key: 'poor', status: 402, code: 'insufficient_balance' },
  {
    what: 'an unknown model',
    model: 'sketch-9',
    status: 404,
    code: 'model_not_found',
    says: 'sketch-1',
  },
  {
    what: 'a model that is like none',
    model: 'ideogram-v4',
    status: 404,
    code: 'model_not_found',
    says: '/v1/models',
  },
  {
    what: 'text instead of JSON',
    model: 'sketch-1',
    headers: { 'content-type': 'text/plain' },
    status: 415,
    code: 'unsupported_media_type',
  },
]

const table = CASES.flatMap((one) => CLIENT_APIS.map((api) => ({ ...one, api, name: api.name })))

describe.concurrent('an error in the words of', () => {
  it.for(table)('$name: $what', async (row, { expect }) => {
    const { api, model, status, code, prompt = 'a mill', headers, gateway } = row
    const key = row.key === 'none' ? 'no-key' : (row.key === 'poor' ? poor : stage.account).key
    const body = api.body({
      model: model.includes('/') ? `${api.name}-${model}` : model,
      ...(prompt !== null && { prompt }),
      ...(gateway && { gateway }),
    })
    const answer = await ask<never>(stage.gateway.url + api.path, {
      key,
      body,
      ...(headers && { headers }),
    })
    expect(answer.status).toBe(api.statuses[status] ?? status)
    expect(api.error.safeParse(answer.json).error).toBeUndefined()
    expect(api.wordOf(answer.json)).toBe(api.words[code] ?? code)
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
    expect(answer.headers.get('x-should-retry')).toBe(row.noRepeat ? 'false' : null)
    if (status === 503) expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
    const text = JSON.stringify(answer.json)
    expect(text).toContain(row.says ?? '')
    // No secret, and no word of the machine behind.
    expect(text).not.toMatch(/127\.0\.0\.1|stack|at \w+ \(|no-key/)
    expect([...stage.secrets, WORDS].filter((word) => text.includes(word))).toEqual([])
  })
})

describe('after all of them', () => {
  it('nothing was charged', async ({ expect }) => {
    for (const { tenant } of [poor, stage.account])
      expect(await listCharges(stage.gateway.url, tenant)).toEqual([])
  })
})
