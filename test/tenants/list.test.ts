import { reset, runInDurableObject } from 'cloudflare:test'
import { afterEach, describe, it } from 'vitest'
import { newJobId } from '../../src/core/ids.ts'
import { insertIndexRow, listJobs, trimIndex } from '../../src/tenants/index-rows.ts'
import { DAY_MS, newTenant, reservationOf, settlementOf, summaryOf } from './tenant.ts'

afterEach(reset)

const live = { livemode: true, limit: 100 }

/** A tenant with jobs in the order given. */
async function withJobs(...overs: Parameters<typeof summaryOf>[1][]) {
  const made = await newTenant()
  const jobs: string[] = []
  for (const over of overs) {
    const job = newJobId()
    const livemode = over?.livemode ?? true
    await made.tenant.reserve(
      reservationOf(made.keyId, { job, livemode, summary: summaryOf(job, over) }),
    )
    jobs.push(job)
  }
  const ids = async (query: Partial<Parameters<typeof made.tenant.list>[0]>) => {
    const page = await made.tenant.list({ ...live, ...query })
    return page && { ids: page.data.map(({ id }) => id), hasMore: page.hasMore }
  }
  return { ...made, jobs, ids }
}

describe('the list of jobs', () => {
  it('shows each job as it was last described, newest first', async ({ expect }) => {
    const { tenant, jobs } = await withJobs({}, { count: 3 })
    const ran = summaryOf(jobs[0]!, { status: 'running', provider: 'sketch', startedAt: 7 })
    await tenant.note(jobs[0]!, ran)
    const { data } = (await tenant.list(live))!
    expect(data[1]).toEqual(ran)
    expect(data[0]).toMatchObject({ id: jobs[1], count: 3, status: 'queued' })
  })

  it('shows how a job ended and what it cost, whatever arrives after', async ({ expect }) => {
    const { tenant, jobs } = await withJobs({})
    await tenant.settle(settlementOf(jobs[0]!))
    await tenant.note(jobs[0]!, summaryOf(jobs[0]!, { status: 'running' }))
    await tenant.note(newJobId(), summaryOf(newJobId()))
    const { data } = (await tenant.list(live))!
    expect(data).toMatchObject([{ id: jobs[0], status: 'succeeded', charge: 600_000 }])
  })

  it('comes in pages that neither skip nor repeat, though each job is deleted once seen', async ({
    expect,
  }) => {
    const { tenant, jobs, ids } = await withJobs({}, {}, {}, {}, {})
    const seen: string[] = []
    for (let after: string | undefined, hasMore = true; hasMore;) {
      const page = (await ids({ limit: 2, ...(after && { after }) }))!
      for (const id of page.ids) await tenant.forget(id)
      seen.push(...page.ids)
      after = page.ids.at(-1)
      hasMore = page.hasMore
    }
    expect(seen).toEqual(jobs.toReversed())
    expect(await ids({})).toEqual({ ids: [], hasMore: false })
  })

  it('says no more when the last page is full', async ({ expect }) => {
    const { jobs, ids } = await withJobs({}, {})
    expect(await ids({ limit: 2 })).toEqual({ ids: jobs.toReversed(), hasMore: false })
    expect(await ids({ limit: 1 })).toEqual({ ids: [jobs[1]], hasMore: true })
  })

  it('is narrowed to a status, a model, or both', async ({ expect }) => {
    const { jobs, ids } = await withJobs(
      { status: 'failed', model: 'a' },
      { status: 'failed', model: 'b' },
      { status: 'queued', model: 'a' },
    )
    expect(await ids({ status: 'failed' })).toMatchObject({ ids: [jobs[1], jobs[0]] })
    expect(await ids({ model: 'a' })).toMatchObject({ ids: [jobs[2], jobs[0]] })
    expect(await ids({ model: 'a', status: 'failed' })).toMatchObject({ ids: [jobs[0]] })
    expect(await ids({ model: "' OR 1=1 --" })).toMatchObject({ ids: [] })
  })

  it('is another one for test keys', async ({ expect }) => {
    const { jobs, ids } = await withJobs({}, { livemode: false })
    expect(await ids({ livemode: true })).toMatchObject({ ids: [jobs[0]] })
    expect(await ids({ livemode: false })).toMatchObject({ ids: [jobs[1]] })
  })

  it('does not go on after a job of another tenant', async ({ expect }) => {
    const [ada, eve] = [await withJobs({}), await withJobs({})]
    expect(await ada.ids({ after: eve.jobs[0]! })).toBeNull()
    expect(await ada.ids({ after: 'nothing' })).toBeNull()
  })

  it('keeps the newest jobs of each mode, and none older than 30 days', async ({ expect }) => {
    const { tenant } = await newTenant()
    const now = Date.now()
    const left = await runInDurableObject(tenant, (_, { storage }) => {
      for (let seq = 1; seq <= 12; seq++) {
        const aged = seq === 12 ? { createdAt: now - 30 * DAY_MS } : {}
        insertIndexRow(storage.sql, seq, summaryOf(`${seq}`, { livemode: seq % 2 === 0, ...aged }))
      }
      const shown = listJobs(storage.sql, live, now)!.data.map(({ id }) => id)
      trimIndex(storage.sql, now, 3)
      const rows = storage.sql.exec<{ job: string }>('SELECT job FROM job_index ORDER BY seq')
      return { shown, rows: rows.toArray().map(({ job }) => job) }
    })
    expect(left).toEqual({
      shown: ['10', '8', '6', '4', '2'],
      rows: ['6', '7', '8', '9', '10', '11'],
    })
  })
})
