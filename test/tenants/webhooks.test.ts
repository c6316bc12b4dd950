import { reset, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import { eventId } from '../../src/core/event-type.ts'
import { newJobId } from '../../src/core/ids.ts'
import { noteDelivery } from '../../src/tenants/webhook-deliveries.ts'
import type {
  DeliveryNote,
  DeliveryPage,
  DeliveryRecord,
  EndpointRecord,
} from '../../src/tenants/webhook-records.ts'
import { DAY_MS, newTenant, reservationOf, settlementOf, summaryOf } from './tenant.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

const later = (ms: number) => vi.setSystemTime(Date.now() + ms)
const TYPE = 'image.job.succeeded'
const settings = { name: '', description: '', events: [] }

async function endpoint(over: Partial<typeof settings> & { livemode?: boolean } = {}) {
  const made = await newTenant()
  const { livemode = true, ...rest } = over
  const add = async (more: object = {}) =>
    (await made.tenant.createEndpoint({
      livemode,
      url: 'https://a.com/',
      settings: { ...settings, ...rest, ...more },
    })) as EndpointRecord
  const { id } = await add()
  const noteOf = (change: Partial<DeliveryNote>): DeliveryNote => ({
    endpoint: id,
    event: eventId(newJobId(), TYPE),
    type: TYPE,
    outcome: null,
    tries: 1,
    step: 1,
    status: 500,
    due: Date.now() + 5000,
    ...change,
  })
  const noted = (change: Partial<DeliveryNote> = {}) => made.tenant.noteDelivery(noteOf(change))
  const disabled = async () =>
    (await made.tenant.endpoint({ id, livemode }, { type: 'read' }))!.disabled?.why ?? null
  const place = { id, livemode }
  const listed = async (query: { limit?: number; after?: string } = {}) => {
    const page = await made.tenant.listDeliveries(place, { limit: 100, after: undefined, ...query })
    return page as DeliveryPage
  }
  return { ...made, id, add, noted, noteOf, disabled, listed, place }
}

describe('the settlement of a job', () => {
  it('names the endpoints that are told of it', async ({ expect }) => {
    const { tenant, keyId, id, add } = await endpoint()
    const failed = await add({ events: ['image.job.failed'] })
    const job = newJobId()
    await tenant.reserve(reservationOf(keyId, { job }))
    const first = await tenant.settle(settlementOf(job))
    expect(first.hooks).toEqual([{ endpoint: id, url: null, type: TYPE }])
    // Asked again, as after a lost answer.
    expect((await tenant.settle(settlementOf(job))).hooks).toEqual(first.hooks)
    const summary = summaryOf(job, { status: 'failed' })
    const { hooks } = await tenant.settle(settlementOf(job, { summary }))
    expect(hooks?.map((hook) => hook.endpoint)).toEqual([id, failed.id])
  })

  it('names none that is switched off or of the other mode', async ({ expect }) => {
    const { tenant, place } = await endpoint()
    const job = newJobId()
    const summary = summaryOf(job, { status: 'succeeded', livemode: false })
    expect(await tenant.settle(settlementOf(job, { summary }))).toEqual({ charged: 0 })
    await tenant.endpoint(place, { type: 'update', change: { enabled: false } })
    expect(await tenant.settle(settlementOf(job))).toEqual({ charged: 0 })
    expect(await tenant.webhookTarget(place.id)).toBe(null)
  })
})

describe('a secret that was rotated', () => {
  it('signs beside the new one for a day', async ({ expect }) => {
    const { tenant, id, place } = await endpoint()
    const before = (await tenant.webhookTarget(id))!.secrets
    const rotated = await tenant.endpoint(place, { type: 'rotate', keep: true })
    const both = [rotated!.secret, ...before]
    expect((await tenant.webhookTarget(id))!.secrets).toEqual(both)
    later(DAY_MS - 1)
    expect((await tenant.webhookTarget(id))!.secrets).toEqual(both)
    later(1)
    expect((await tenant.webhookTarget(id))!.secrets).toEqual([rotated!.secret])
  })

  it('signs for its own day, however often it is rotated meanwhile: the last three do', async ({
    expect,
  }) => {
    const { tenant, id, place } = await endpoint()
    const secrets = async () => (await tenant.webhookTarget(id))!.secrets
    // Newest first: the last one is that which receivers know.
    const rotated = await secrets()
    for (let n = 0; n < 3; n++) {
      later(3600_000)
      rotated.unshift((await tenant.endpoint(place, { type: 'rotate', keep: true }))!.secret!)
      expect(await secrets()).toEqual(rotated)
    }
    later(DAY_MS - 2 * 3600_000)
    expect(await secrets()).toEqual(rotated.slice(0, 3))
    for (let n = 0; n < 2; n++)
      rotated.unshift((await tenant.endpoint(place, { type: 'rotate', keep: true }))!.secret!)
    expect(await secrets()).toEqual(rotated.slice(0, 4))
    const only = await tenant.endpoint(place, { type: 'rotate', keep: false })
    expect(await secrets()).toEqual([only!.secret])
  })

  it('is gone at once where it is not kept', async ({ expect }) => {
    const { tenant, id, place } = await endpoint()
    const rotated = await tenant.endpoint(place, { type: 'rotate', keep: false })
    expect((await tenant.webhookTarget(id))!.secrets).toEqual([rotated!.secret])
  })
})

describe('an endpoint', () => {
  it('that took nothing for five days is switched off', async ({ expect }) => {
    const { noted, disabled } = await endpoint()
    await noted()
    for (let halves = 1; halves < 10; halves++) {
      later(DAY_MS / 2)
      await noted({ outcome: 'dead' })
    }
    expect(await disabled()).toBe(null)
    later(DAY_MS / 2)
    await noted()
    expect(await disabled()).toBe('failing')
  })

  it('that is seldom told of anything is not switched off by the first try that fails', async ({
    expect,
  }) => {
    const { noted, disabled } = await endpoint()
    const event = eventId(newJobId(), TYPE)
    await noted({ event })
    await noted({ event, tries: 8, step: 8, outcome: 'dead' })
    for (let weeks = 0; weeks < 3; weeks++) {
      later(7 * DAY_MS)
      await noted()
      expect(await disabled()).toBe(null)
    }
  })

  it('that took one event meanwhile stays on', async ({ expect }) => {
    const { noted, disabled } = await endpoint()
    await noted()
    for (let days = 0; days < 8; days++) {
      later(DAY_MS - 1)
      await noted(days === 4 ? { outcome: 'delivered', status: 200 } : {})
    }
    expect(await disabled()).toBe(null)
  })

  it('that answered 410 is switched off at once, and can be switched on again', async ({
    expect,
  }) => {
    const { tenant, noted, disabled, place } = await endpoint()
    const event = eventId(newJobId(), TYPE)
    await noted({ event, status: 410, outcome: 'dead' })
    expect(await disabled()).toBe('gone')
    await tenant.endpoint(place, { type: 'update', change: { enabled: true } })
    // Begun again by hand: its last answer is an old one.
    await noted({ event, status: 410, step: 0 })
    expect(await disabled()).toBe(null)
  })

  it('that is switched off by the gateway leaves a row in the audit, once', async ({ expect }) => {
    const { tenant, noted, place } = await endpoint()
    const newest = async () =>
      (await tenant.audit({ limit: 10 }))!.data.map(({ act, who, target }) => [act, who, target])
    const before = await newest()
    for (let times = 0; times < 2; times++) await noted({ status: 410, outcome: 'dead' })
    const off = ['webhook_endpoint.disable', 'gateway', place.id]
    expect(await newest()).toEqual([off, ...before])
    await tenant.endpoint(place, { type: 'update', change: { enabled: true } })
    await noted()
    for (let days = 0; days < 6; days++) {
      later(DAY_MS - 1)
      await noted()
    }
    expect((await newest())[0]).toEqual(off)
  })

  it('keeps its newest 1,000 deliveries, each once, and lists them page by page', async ({
    expect,
  }) => {
    const { tenant, noted, noteOf, listed, place } = await endpoint()
    const events = Array.from({ length: 1003 }, () => eventId(newJobId(), TYPE))
    // Without a call for each.
    await runInDurableObject(tenant, (_, { storage }) => {
      for (const event of events) noteDelivery(storage.sql, noteOf({ event }), Date.now())
    })
    await noted({ event: events[50]!, outcome: 'delivered', status: 204, tries: 2 })
    const seen: DeliveryRecord[] = []
    let page = await listed({ limit: 300 })
    for (; page.hasMore; page = await listed({ limit: 300, after: seen.at(-1)!.event }))
      seen.push(...page.data)
    seen.push(...page.data)
    expect(seen.map(({ event }) => event)).toEqual(events.slice(3).toReversed())
    expect(seen.filter(({ outcome }) => outcome === 'delivered')).toMatchObject([
      { event: events[50], status: 204, tries: 2 },
    ])
    expect(await tenant.listDeliveries(place, { limit: 1, after: events[0]! })).toBe('unknown')
  })

  it('shows a delivery that is over as over, whichever note comes last, until it is begun again', async ({
    expect,
  }) => {
    const { noted, listed } = await endpoint()
    const event = eventId(newJobId(), TYPE)
    const outcome = async () => (await listed()).data[0]!.outcome
    await noted({ event, outcome: 'dead', tries: 2, step: 2 })
    await noted({ event, tries: 2, step: 2 })
    await noted({ event, tries: 1 })
    expect(await outcome()).toBe('dead')
    await noted({ event, tries: 2, step: 0 })
    expect(await outcome()).toBe(null)
    await noted({ event, outcome: 'delivered', status: 204, tries: 3 })
    expect(await outcome()).toBe('delivered')
  })

  it('that stands for the addresses of requests knows the deliveries of its mode, and stays on', async ({
    expect,
  }) => {
    const { tenant, noted } = await endpoint()
    const sent = async (livemode: boolean) => {
      const event = eventId(newJobId(), TYPE)
      await tenant.webhookTarget('request', livemode)
      await noted({ endpoint: 'request', livemode, event, status: 410, outcome: 'dead' })
      return event
    }
    const events = new Map([
      [true, await sent(true)],
      [false, await sent(false)],
    ])
    const secrets = new Set<string>()
    for (const [livemode, event] of events) {
      const place = { id: 'request', livemode }
      const page = await tenant.listDeliveries(place, { limit: 10, after: undefined })
      expect(page).toMatchObject({ data: [{ event }] })
      const target = await tenant.webhookTarget('request', livemode)
      secrets.add(target!.secrets[0]!)
      const shown = await tenant.endpoint(place, { type: 'read' })
      expect(shown).toMatchObject({ id: 'request', disabled: null, secret: target!.secrets[0] })
    }
    expect(secrets.size).toBe(2)
  })

  it('that was deleted takes its deliveries with it', async ({ expect }) => {
    const { tenant, noted, place } = await endpoint()
    await noted()
    expect(await tenant.deleteEndpoint(place)).toBe(true)
    await noted()
    expect(await tenant.listDeliveries(place, { limit: 1, after: undefined })).toBe(null)
    expect(await tenant.webhookTarget(place.id)).toBe(null)
  })
})
