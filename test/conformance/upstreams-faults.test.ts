import { afterAll, beforeAll, describe, it, type ExpectStatic } from 'vitest'
import { FAULT_KINDS } from '../upstreams/faults.ts'
import { ask, listCharges, listJobs, readBalance } from './client.ts'
import { KINDS_TESTED, ROWS, WORDS } from './upstream-fault-table.ts'
import { order, sent, submits, told, type Job, type Ordered } from './upstream-order.ts'
import { BALANCE, PRICE, startStage, type Server, type Stage } from './upstream-stage.ts'
import { VERDICTS, type Verdict } from './upstream-verdicts.ts'

/** Orders on their way at a time: most of them wait for a fault to pass. */
const AT_ONCE = 60

/** Every cell, and `resubmit` as well, with ALL_FAULTS, as in `npm run test:all`; else every second cell. */
const ALL = process.env['ALL_FAULTS'] !== undefined
const MODES = ALL ? (['auto', 'resubmit'] as const) : (['auto'] as const)

/** An order that succeeds says nothing about `on_unknown`. */
const cells = ROWS.flatMap((row, r) =>
  KINDS_TESTED.filter((_, k) => ALL || (r + k) % 2 === 0).flatMap((kind) => {
    const verdict: Verdict = VERDICTS[row.verdicts[kind]]
    const modes = verdict.status === 200 ? (['auto'] as const) : MODES
    return modes.map((mode) => ({ row, kind, mode, verdict, id: `${kind}.${r}.${mode}` }))
  }),
)
type Cell = (typeof cells)[number]

let stage: Stage
const orders = new Map<string, Ordered>()
beforeAll(async () => {
  stage = await startStage(
    cells.map(({ id, kind, row }) => ({
      id,
      kind,
      ...(row.timeoutSeconds && { timeoutSeconds: row.timeoutSeconds }),
    })),
  )
  const waiting = cells.toReversed()
  const strikeNext = async (): Promise<void> => {
    for (let cell = waiting.pop(); cell; cell = waiting.pop())
      orders.set(cell.id, await strike(cell))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, strikeNext))
})
afterAll(() => stage.stop())

async function strike({ row, mode, id }: Cell): Promise<Ordered> {
  const server = stage.servers.get(id)!
  server.faults.add({ times: 99, ...row.fault })
  const gateway = { on_unknown: mode }
  return order(stage, server.model, { prompt: 'a mill', ...row.body, gateway })
}

function expectVerdict(expect: ExpectStatic, { status, json, job }: Ordered, verdict: Verdict) {
  const { type = null, code = null } = json.error ?? {}
  const outcomes = [...new Set(job.attempts.map(({ outcome }) => outcome))]
  expect({ status, type, code, outcomes }).toEqual({
    status: verdict.status,
    type: verdict.type,
    code: verdict.code,
    outcomes: [verdict.outcome],
  })
}

/** What is charged can be fetched, and what cannot be fetched is not charged. */
function expectFairness(expect: ExpectStatic, { job, links }: Ordered, server: Server): void {
  const images = job.data.map(({ sha256 }) => sha256)
  expect(job.cost.usd).toBe(PRICE * images.length)
  expect(job.status).toBe(images.length > 0 ? 'succeeded' : 'failed')
  if (images.length > 0) {
    expect(sent(server)).toEqual(expect.arrayContaining(images))
    expect(links).toEqual(images.map((sha256) => expect.objectContaining({ status: 200, sha256 })))
  } else expect(links.map(({ status }) => status)).toEqual([410])
}

/** Secrets, hosts and upstreams' words that a text gives away. */
function leaks(text: string, servers: Server[]): string[] {
  const hosts = servers.map(({ url }) => new URL(url).host)
  return [...stage.secrets, ...hosts, WORDS].filter((word) => text.includes(word))
}

describe('an upstream with a fault', () => {
  it.for(cells)('$row.name, $kind, on_unknown $mode', ({ mode, verdict, id }, { expect }) => {
    const server = stage.servers.get(id)!
    const ordered = orders.get(id)!
    expectVerdict(expect, ordered, verdict)
    expectFairness(expect, ordered, server)
    expect(leaks(told(ordered), [server])).toEqual([])
    const [least, most] = verdict.submits[mode]
    expect(submits(server).length).toBeGreaterThanOrEqual(least)
    expect(submits(server).length).toBeLessThanOrEqual(most)
  })

  it('of every kind is in the table', ({ expect }) => {
    const kinds = new Set(ROWS.map(({ fault }) => fault.kind))
    expect([...kinds, 'oversize'].toSorted()).toEqual(FAULT_KINDS.toSorted())
  })
})

describe('after all faults', () => {
  it('every job stands where it ended', async ({ expect }) => {
    const { gateway, account } = stage
    const listed = await listJobs(gateway.url, account.key)
    const ended = [...orders.values()].map(({ job }) => `${job.id} ${job.status}`)
    const seen = listed.map(({ id, status }) => `${id} ${status}`)
    expect(seen.toSorted()).toEqual(ended.toSorted())
    const again = [...orders.values()].map(async ({ job }) => {
      const { json } = await ask<Job>(`${gateway.url}/v1/jobs/${job.id}`, { key: account.key })
      expect(json).toEqual(job)
    })
    await Promise.all(again)
  })

  it('nothing but the images that were charged is in the bucket', async ({ expect }) => {
    const { gateway, account } = stage
    const jobs = [...orders.values()].map(({ job }) => job)
    const places = jobs.flatMap(({ id, data }) =>
      data.map((_, n) => `images/${account.tenant}/${id.replace('job_', '')}/${n}`),
    )
    expect(await gateway.storedKeys()).toEqual(places.toSorted())
  })

  it('each job was charged once for what it gave, or not at all', async ({ expect }) => {
    const { gateway, account } = stage
    const succeeded = [...orders.values()].filter(({ job }) => job.data.length > 0)
    const charges = await listCharges(gateway.url, account.tenant)
    const charged = charges.map(({ job }) => String(job))
    expect(charged.toSorted()).toEqual(succeeded.map(({ job }) => job.id).toSorted())
    const images = succeeded.reduce((sum, { job }) => sum + job.data.length, 0)
    const left = Math.round((BALANCE - images * PRICE) * 1e6) / 1e6
    const balance = await readBalance(gateway.url, account.key)
    expect(balance).toEqual({ balance_usd: left, reserved_usd: 0 })
  })

  it('the log tells of no failure of the gateway, and no secrets', ({ expect }) => {
    const logged = stage.logged()
    expect(logged).toContain('"code":"upstream_outcome_unknown"')
    expect(logged).not.toMatch(/_failed","job"|internal_error|"http":500/)
    expect(leaks(logged, [...stage.servers.values()])).toEqual([])
  })
})
