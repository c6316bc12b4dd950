import { afterAll, beforeAll, describe, it } from 'vitest'
import { ask, listCharges } from './client.ts'
import { order, type Ordered } from './upstream-order.ts'
import { startStage, type Stage } from './upstream-stage.ts'

/** USD for a million tokens. */
const RATES = { text_in: 5, image_in: 8, image_out: 30, text_out: 10 }
const price = [
  ...Object.entries(RATES).map(([of, usd]) => ({ unit: 'token', of, usd_per_million: usd })),
  { unit: 'image', usd: 0.000001 },
]
const routes = [{ upstream: 'tokens', model: 'gpt-image-2' }]

let stage: Stage
beforeAll(async () => {
  stage = await startStage([{ id: 'tokens', kind: 'openai' }], {
    'by-token': { base: 'gpt-image-2', routes, price },
  })
})
afterAll(() => stage.stop())

const body = { prompt: 'a mill by the sea', size: '1024x1024', quality: 'medium', n: 2 }

/** The line that an order left in the ledger. */
async function chargeOf({ job }: Ordered) {
  const lines = await listCharges(stage.gateway.url, stage.account.tenant)
  return lines.find((line) => line.job === job.id)
}

describe('a model with a price per token', () => {
  it('is charged by the tokens that the upstream told, in every place the same', async ({
    expect,
  }) => {
    const ordered = await order(stage, 'by-token', body)
    const { input_tokens: read, output_tokens: drawn } = ordered.json.usage!
    expect([read, drawn]).toEqual([5, 2 * 1056])
    const usd = (read * RATES.text_in + drawn * RATES.image_out + 2) / 1e6
    expect(ordered.job.cost).toEqual({ usd, reserved_usd: 0 })
    expect(ordered.headers.get('x-darkroom-cost-usd')).toBe(String(usd))
    expect(ordered.json).toMatchObject({ meta: { usage: { usd_spent: usd } } })
    expect(await chargeOf(ordered)).toMatchObject({
      amount_usd: -usd,
      lines: [
        { unit: 'text_in', quantity: read, usd: (read * RATES.text_in) / 1e6 },
        { unit: 'image_out', quantity: drawn, usd: (drawn * RATES.image_out) / 1e6 },
        { unit: 'image', quantity: 2, usd: 0.000002 },
      ],
    })
  })

  it('says beforehand at most what it may cost, which is more', async ({ expect }) => {
    const { json } = await ask<{ worst_cost_usd: number }>(
      `${stage.gateway.url}/v1/images/generations`,
      {
        key: stage.account.key,
        body: { model: 'by-token', ...body, gateway: { dry_run: true } },
      },
    )
    const { job } = await order(stage, 'by-token', body)
    expect(json.worst_cost_usd).toBeGreaterThan(job.cost.usd!)
    // Two images of 1756 tokens, 500 tokens of text and 81 bytes of prompt at most.
    expect(json.worst_cost_usd).toBe(0.116172)
  })

  it('keeps what the upstream took from the tenant', async ({ expect }) => {
    const { job } = await order(stage, 'by-token', body)
    expect(Object.keys(job.cost).toSorted()).toEqual(['reserved_usd', 'usd'])
    expect(JSON.stringify(job)).not.toContain('"lines"')
    const { json } = await ask<{ data: { id: string; cost: object }[] }>(
      `${stage.gateway.url}/v1/jobs`,
      { key: stage.account.key },
    )
    expect(json.data.find(({ id }) => id === job.id)?.cost).toEqual({ usd: job.cost.usd })
  })
})
