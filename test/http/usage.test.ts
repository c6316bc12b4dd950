import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterAll, describe, it } from 'vitest'
import { count } from '../../src/tenants/usage.ts'
import { text } from '../../src/http/csv.ts'
import { account, admin, ask, call, generate } from '../support/client.ts'
import { microsOf, readCsv } from '../support/read-csv.ts'

afterAll(reset)

const priced = { prompt: 'a red cube', size: '64x64', model: 'sketch-priced' }

/** As of an operator. */
const adminCsv = async (path: string) =>
  (
    await call(`/admin${path}`, { key: 'admin-key-for-tests-0123456789abcdef', method: 'GET' })
  ).text()

/** A tenant that has drawn two images for ada, failed once, and repeated a seed. */
async function busy() {
  const made = await account({ balance_usd: 1, usage_tags: ['team'] })
  const { key } = made
  await generate(key, { ...priced, n: 2, user: 'ada', gateway: { metadata: { team: 'red' } } })
  await generate(key, { ...priced, model: 'sketch-moderated-priced', user: 'ada' })
  for (let again = 0; again < 2; again++) await generate(key, { ...priced, seed: 7 })
  return made
}

const make = (usage_tags: unknown) => admin('/tenants', { name: 'test', usage_tags })

const today = () => new Date().toISOString().slice(0, 10)

describe('GET /v1/usage', () => {
  it('tells requests, images, charge and reuse by day', async ({ expect }) => {
    const { key } = await busy()
    const { status, json } = await ask('/v1/usage', { key })
    expect(status).toBe(200)
    expect(json).toMatchObject({ object: 'list', to: today(), has_more: false, last_id: null })
    expect(json.data).toEqual([
      {
        object: 'usage',
        day: today(),
        requests: 4,
        reused: 1,
        images: 3,
        charge_usd: 0.12,
        input_tokens: null,
        output_tokens: null,
        possibly_billed_upstream: 0,
        unpriced: 0,
      },
    ])
  })

  it('groups by key, model and tags', async ({ expect }) => {
    const { key } = await busy()
    const { json } = await ask('/v1/usage?group_by=model,key,tag', { key })
    const keyId = key.slice('dr_live_'.length, 'dr_live_'.length + 16)
    const some = (tags: object, over: object) =>
      expect.objectContaining({ tags, key: keyId, ...over })
    expect(json.data).toEqual([
      some({ user: 'ada', team: null }, { model: 'sketch-moderated-priced', images: 0 }),
      some({ user: null, team: null }, { model: 'sketch-priced', reused: 1, charge_usd: 0.04 }),
      some({ user: 'ada', team: 'red' }, { model: 'sketch-priced', charge_usd: 0.08 }),
    ])
    const total = await ask('/v1/usage?group_by=', { key })
    expect(total.json.data).toMatchObject([{ requests: 4, charge_usd: 0.12 }])
    const byUser = await ask('/v1/usage?group_by=tag:user', { key })
    expect(byUser.json.data).toMatchObject([
      { tags: { user: null }, requests: 2 },
      { tags: { user: 'ada' }, requests: 2 },
    ])
  })

  it('comes in pages', async ({ expect }) => {
    const { key } = await busy()
    const first = await ask('/v1/usage?group_by=model,day&limit=1', { key })
    expect(first.json).toMatchObject({
      has_more: true,
      data: [{ model: 'sketch-moderated-priced' }],
    })
    const after = encodeURIComponent(first.json.last_id)
    const second = await ask(`/v1/usage?group_by=model,day&limit=1&after=${after}`, { key })
    expect(second.json).toMatchObject({ has_more: false, data: [{ model: 'sketch-priced' }] })
  })

  it('comes as CSV with the same amounts', async ({ expect }) => {
    const { key } = await busy()
    const answer = await call('/v1/usage?group_by=day,tag&format=csv', { key })
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename="usage-.*\.csv"$/,
    )
    expect(await answer.text()).toBe(
      [
        'day,tag:user,tag:team,requests,reused,images,charge_usd,input_tokens,output_tokens,possibly_billed_upstream,unpriced',
        `${today()},,,2,1,1,0.040000,,,0,0`,
        `${today()},ada,,1,0,0,0.000000,,,0,0`,
        `${today()},ada,red,1,0,2,0.080000,,,0,0`,
        '',
      ].join('\r\n'),
    )
  })

  it('is refused with the name of the field', async ({ expect }) => {
    const { key } = await account()
    for (const [query, param] of [
      ['from=2026-02-31', 'from'],
      ['from=20261130', 'from'],
      ['to=20261130', 'to'],
      ['to=tomorrow', 'to'],
      ['from=2026-03-02&to=2026-03-01', 'from'],
      ['group_by=colour', 'group_by'],
      ['group_by=tag:"', 'group_by'],
      ['format=xml', 'format'],
      ['limit=1001', 'limit'],
      ['after=x', 'after'],
      ['format=csv&after={}', 'after'],
    ]) {
      const { status, json } = await ask(`/v1/usage?${query}`, { key })
      expect([status, json.error.param], query).toEqual([400, param])
    }
    const { key: drawer } = await account({}, { scopes: ['images:create'] })
    expect((await ask('/v1/usage', { key: drawer })).status).toBe(403)
  })

  it('takes days and unix seconds, both ends included', async ({ expect }) => {
    const { key } = await busy()
    const now = Math.floor(Date.now() / 1000)
    const requests = async (query: string) =>
      (await ask(`/v1/usage?group_by=&${query}`, { key })).json.data[0].requests
    expect(await requests(`from=${today()}&to=${today()}`)).toBe(4)
    expect(await requests(`from=${now}&to=${now + 60}`)).toBe(4)
    expect(await requests('from=2020-01-01&to=2020-12-31')).toBe(0)
  })

  it('shows nobody else, and not what upstreams took', async ({ expect }) => {
    await busy()
    const { key } = await account()
    const { json } = await ask('/v1/usage?group_by=key', { key })
    expect(json.data).toEqual([])
    const csv = await (await call('/v1/usage?format=csv', { key })).text()
    expect(csv).not.toContain('cost')
  })

  it('streams a file of 10,000 rows', async ({ expect }) => {
    const { tenant, key } = await account({ usage_tags: ['team'] })
    await runInDurableObject(env.TENANTS.getByName(tenant), (_, { storage }) =>
      storage.transactionSync(() => {
        for (let n = 0; n < 10_000; n++) {
          const labels = { user: `user ${n % 5000}`, team: `=team ${n}` }
          const counted = { livemode: true, keyId: 'k', model: 'm', labels }
          count(storage.sql, counted, { requests: 1, charge: n }, Date.now())
        }
      }),
    )
    const answer = await call('/v1/usage?group_by=day,model,tag&format=csv', { key })
    const rows = readCsv(await answer.text())
    expect(rows).toHaveLength(10_000)
    expect(new Set(rows.map((row) => row['tag:team'])).size).toBe(10_000)
    const sum = rows.reduce((total, row) => total + microsOf(row['charge_usd']!), 0)
    expect(sum).toBe((9999 * 10_000) / 2)
  })
})

describe('a cell of a file', () => {
  it('is never run by a spreadsheet, and keeps its text', ({ expect }) => {
    for (const risky of ['=1+1', '+1', '-1', '@x', ' =1', ' 1', '"=1', '＝1', "'x"])
      expect(text(risky)).toBe(`"'${risky.replaceAll('"', '""')}"`)
    expect(text('=HYPERLINK("x")')).toBe(`"'=HYPERLINK(""x"")"`)
    // Where a semicolon, a tab or a pipe separates cells, quotes in the middle of one hold nothing together.
    expect(text('x;=1+1')).toBe(`"x;'=1+1"`)
    expect(text('x|"=1\t@y\n-z; a;b')).toBe(`"x|'""=1\t'@y\n'-z; a;b"`)
    expect([text('a; b|c'), text(null), text('')]).toEqual(['a; b|c', '', ''])
    const piece = fc.constantFrom(...'=+-@＝x\'",; \t\r\n|'.split(''))
    const given = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => pieces.join('')),
    )
    fc.assert(
      fc.property(given, (value) => {
        const cell = text(value)
        for (const part of cell.split(/[;\t|\r\n]/)) expect(part).not.toMatch(/^[\s"]*[=+\-@＝]/)
        const [row] = readCsv(`name,other\r\n${cell},1\r\n`)
        expect(row!['name']!.replace(/(^|[;\t|\r\n])'/g, '$1')).toBe(value)
        expect(row!['other']).toBe('1')
      }),
      { numRuns: 2000 },
    )
  })
})

describe('for the operator', () => {
  it('usage shows what upstreams took beside what was charged', async ({ expect }) => {
    const { tenant, key } = await account({ balance_usd: 1, multiplier: 2.5 })
    await generate(key, { ...priced, n: 2 })
    const { json } = await admin(`/tenants/${tenant}/usage?group_by=model`)
    expect(json.data).toMatchObject([
      { model: 'sketch-priced', charge_usd: 0.2, cost_usd: 0.08, images: 2 },
    ])
    const [row] = readCsv(await adminCsv(`/tenants/${tenant}/usage?format=csv`))
    expect(row).toMatchObject({ charge_usd: '0.200000', cost_usd: '0.080000' })
    expect((await admin('/tenants/0000000000/usage')).status).toBe(404)
  })

  it('the ledger shows lines, kinds and the running balance, in pages', async ({ expect }) => {
    const { tenant } = await busy()
    await admin(`/tenants/${tenant}/credit`, { amount_usd: 0.5, reference: '=cmd|A1' })
    const rows = []
    let after = ''
    for (;;) {
      const { json } = await admin(`/tenants/${tenant}/ledger?limit=2${after}`)
      rows.push(...json.data)
      if (!json.has_more) break
      after = `&after=${json.last_id}`
    }
    expect(
      rows.map(({ kind, amount_usd, balance_usd }) => [kind, amount_usd, balance_usd]),
    ).toEqual([
      ['credit', 0.5, 1.38],
      ['reuse', 0, 0.88],
      ['charge', -0.04, 0.88],
      ['charge', -0.08, 0.92],
      ['opening', 1, 1],
    ])
    expect(rows[3].lines).toEqual([{ unit: 'image', quantity: 2, usd: 0.08 }])
    const csv = readCsv(await adminCsv(`/tenants/${tenant}/ledger?format=csv`))
    expect(csv.map((row) => [row['id'], row['kind'], row['balance_usd']])).toEqual(
      rows.map(({ id, kind, balance_usd }) => [String(id), kind, balance_usd.toFixed(6)]),
    )
    expect(csv[0]).toMatchObject({ amount_usd: '0.500000', reference: "'=cmd|A1" })
    expect(csv[2]).toMatchObject({ amount_usd: '-0.040000', job: rows[2].job, key: rows[2].key })
    expect(JSON.parse(csv[3]!['lines']!)).toEqual(rows[3].lines)
  })

  it('tags are at most eight keys of metadata', async ({ expect }) => {
    const made = await make(['team', 'cost.centre'])
    expect(made.json.usage_tags).toEqual(['team', 'cost.centre'])
    const changed = await admin(`/tenants/${made.json.id}`, { usage_tags: ['team'] }, 'PATCH')
    expect(changed.json.usage_tags).toEqual(['team'])
    for (const bad of [['"'], [''], Array.from({ length: 9 }, (_, n) => `t${n}`)])
      expect((await make(bad)).status).toBe(400)
  })
})
