import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { heldUpstreams, startHeldUpstream, type HeldUpstream } from '../upstreams/held-upstream.ts'
import { ask, openAccount, type NativeJob } from './client.ts'

/** 5,000 in `npm run test:all`. */
const CALLERS = Number(process.env['CALLERS'] ?? 1000)
/** Callers at a time: more than may wait for a job or watch it. */
const AT_ONCE = 200
/** Most readers of a link that are made to wait for one job, and most of them from one address. */
const MAX_WAITERS = 64
const MAX_WAITERS_PER_CLIENT = 8
const MAX_WATCHERS = 64

let upstream: HeldUpstream
let gateway: Gateway
let key: string
beforeAll(async () => {
  upstream = await startHeldUpstream()
  gateway = await startGateway({ vars: { UPSTREAMS: heldUpstreams(upstream) } })
  ;({ key } = await openAccount(gateway.url))
})
afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
})

/** A job whose upstream has been asked and answers when it is let. */
async function begin(): Promise<NativeJob> {
  const body = { model: 'held/image', prompt: 'a pier' }
  const headers = { prefer: 'respond-async' }
  const url = `${gateway.url}/v1/images/generations`
  const { json } = await ask<NativeJob>(url, { key, body, headers })
  await upstream.untilCalled()
  return json
}

interface Answered {
  status: number
  text: string
}

/**
 * Every caller asks, a few hundred at a time, and each reads its answer to the end. The upstream answers
 * when all but `held` of them are through: if more are made to wait, nobody gets further.
 */
async function crowd(url: string, callers: number, held: number, clientOf: (n: number) => string) {
  const answers: Answered[] = []
  const through = Promise.withResolvers<void>()
  let next = 0
  const call = async () => {
    while (next < callers) {
      const headers = { 'cf-connecting-ip': clientOf(next++) }
      const answer = await fetch(url, { headers })
      answers.push({ status: answer.status, text: await answer.text() })
      if (answers.length >= callers - held) through.resolve()
    }
  }
  const all = Promise.all(Array.from({ length: AT_ONCE }, call))
  await through.promise
  upstream.release()
  await all
  return answers
}

const count = (answers: Answered[]): Record<number, number> =>
  answers.reduce<Record<number, number>>(
    (counts, { status }) => ({ ...counts, [status]: (counts[status] ?? 0) + 1 }),
    {},
  )

const oneAddress = (): string => '192.0.2.1'
/** Eight callers from each. */
const manyAddresses = (caller: number): string => `2001:db8::${(caller >> 3).toString(16)}`

describe('a crowd that asks before the image exists', () => {
  it.for([
    [500, 'one address', MAX_WAITERS_PER_CLIENT, oneAddress],
    [CALLERS, 'many addresses', MAX_WAITERS, manyAddresses],
  ] as const)(
    '%i ask for its link, from %s: %i wait, all others are told to come again, and it is drawn once',
    async ([callers, , held, clientOf], { expect }) => {
      const calls = upstream.calls()
      const job = await begin()
      const answers = await crowd(job.urls.images[0]!, callers, held, clientOf)
      expect(count(answers)).toEqual({ 200: held, 202: callers - held })
      expect(upstream.calls() - calls).toBe(1)
      const { json } = await ask<NativeJob>(job.urls.get, { key })
      expect(json).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'succeeded' }] })
    },
  )

  it(`${CALLERS} ask for its events: 64 watch, all others are told to come again, and it is drawn once`, async ({
    expect,
  }) => {
    const calls = upstream.calls()
    const job = await begin()
    const answers = await crowd(job.urls.watch, CALLERS, MAX_WATCHERS, manyAddresses)
    expect(count(answers)).toEqual({ 200: MAX_WATCHERS, 429: CALLERS - MAX_WATCHERS })
    const streams = answers.filter(({ status }) => status === 200)
    expect(streams.filter(({ text }) => !text.includes('\nevent: succeeded\n'))).toEqual([])
    expect(upstream.calls() - calls).toBe(1)
  })
})
