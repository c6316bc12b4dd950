import { afterAll, beforeAll, describe, it } from 'vitest'

import { order, sent } from './upstream-order.ts'
import { startStage, type Stage } from './upstream-stage.ts'

/** The gateway's largest image has 50 MiB. */
const LARGEST = 50 * 1024 * 1024
/** One that R2 takes in several parts. */
const LARGE = 18 * 1024 * 1024

/** Bytes in the answer to a submit, in that to a poll, and behind a link. */
const KINDS = ['openai', 'openai-responses', 'together'] as const

let stage: Stage
beforeAll(async () => {
  stage = await startStage(KINDS.map((kind) => ({ id: `my-${kind}`, kind })))
})
afterAll(() => stage.stop())

describe('an image', () => {
  it.for(KINDS)('of 18 MiB comes from %s unchanged', async (kind, { expect }) => {
    const server = stage.servers.get(`my-${kind}`)!
    const ordered = await order(stage, server.model, {
      prompt: `a mill [[bytes=${LARGE}]]`,
      output_format: 'png',
    })
    expect(ordered.status).toBe(200)
    expect(ordered.links.map((link) => link.sha256)).toEqual(sent(server))
  })

  it.for(KINDS)('above 50 MiB from %s is not kept', async (kind, { expect }) => {
    const server = stage.servers.get(`my-${kind}`)!
    server.faults.add({ kind: 'oversize', bytes: LARGEST + 1, times: 2 })
    const ordered = await order(stage, server.model, {
      output_format: 'png',
      gateway: { on_unknown: 'resubmit' },
    })
    expect(ordered).toMatchObject({ status: 502, json: { error: { code: 'upstream_failed' } } })
    expect(ordered.job).toMatchObject({ attempts: [{ outcome: 'failed' }], cost: { usd: 0 } })
    expect(ordered.links.map(({ status }) => status)).toEqual([410])
    const keys = await stage.gateway.storedKeys()
    expect(keys.filter((key) => key.includes(ordered.job.id.replace('job_', '')))).toEqual([])
  })
})
