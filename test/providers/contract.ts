import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { Handle, Outcome } from '../../src/core/provider.ts'
import { InputMark } from '../../src/core/upstream.ts'
import type { Answer, HttpProvider } from '../../src/core/upstream.ts'
import { anyRequest } from '../models/inputs.ts'
import { hostile, mutated } from './hostile.ts'
import { order, staged } from './orders.ts'
import type { Recording, Recordings } from './recordings.ts'

const handle: Handle = { v: 1, id: 'a/../b?c#d', stage: 'poll', deadline: 1 }

const answer = ({
  status = 200,
  headers = {},
  reply,
}: Omit<Recording, 'name' | 'becomes'>): Answer => ({
  status,
  headers: new Headers(headers),
  json: reply,
})

/** Marks in an answer, in order of appearance. */
const marksIn = (json: unknown): number[] =>
  [...JSON.stringify(json).matchAll(/"\$image":(\d+)/g)].map((found) => Number(found[1]))

/** Every input that a body names; -1 is the mask. */
function inputsIn(body: unknown): number[] {
  if (body instanceof InputMark) return [body.index]
  if (Array.isArray(body)) return body.flatMap(inputsIn)
  if (typeof body !== 'object' || body === null) return []
  if ('input' in body && typeof body.input === 'number') return [body.input]
  return Object.values(body).flatMap(inputsIn)
}

/** The promises that every provider over HTTP keeps. A new one brings recordings, not new tests. */
export function providerContract(provider: HttpProvider, recordings: Recordings): void {
  describe(`${provider.id}, in what it sends,`, () => {
    sending(provider, recordings)
  })
  describe(`${provider.id}, in what it reads,`, () => {
    reading(provider, recordings)
  })
  describe(`${provider.id}, in failures,`, () => {
    failing(provider, recordings)
  })
}

function sending(provider: HttpProvider, recordings: Recordings): void {
  const { model, edits, count, promptOf, endUser } = recordings
  // As the checks let them through: inputs where the model edits, a mask beside inputs only.
  const orders = anyRequest.map((asked) => {
    const inputs = edits ? asked.inputs.map(() => staged) : []
    return order(model, { ...asked, inputs, mask: inputs.length > 0 ? asked.mask : null })
  })

  it('makes one call, by a path alone, without a credential', ({ expect }) => {
    fc.assert(
      fc.property(orders, (given) => {
        const sent = provider.submit(given)
        expect(sent.method).toBe('POST')
        expect(sent.path).toMatch(/^\/[a-z/]+$/)
        expect(sent.headers).toEqual({})
      }),
    )
  })

  it('names inputs once and in order, and no mask that is not there', ({ expect }) => {
    fc.assert(
      fc.property(orders, (given) => {
        const found = inputsIn(provider.submit(given).body)
        const inputs = given.request.inputs.map((_, i) => i)
        const shown = found.filter((index) => index >= 0)
        expect(inputs.slice(0, shown.length)).toEqual(shown)
        expect(shown.length > 0).toBe(inputs.length > 0)
        expect(found.length - shown.length).toBeLessThanOrEqual(given.request.mask ? 1 : 0)
      }),
    )
  })

  it('asks for as many images as it was told, with the prompt and the end user as they came', ({
    expect,
  }) => {
    fc.assert(
      fc.property(orders, fc.string(), fc.string({ minLength: 1 }), (made, prompt, user) => {
        const given = { ...made, request: { ...made.request, prompt, endUser: user } }
        const { body } = provider.submit(given)
        const fields = fieldsOf(body)
        if (count !== null) expect(String(fields[count])).toBe(String(given.request.count))
        if (promptOf) expect(promptOf(fields)).toBe(prompt)
        if (endUser !== null) expect(fields[endUser]).toBe(user)
        expect(JSON.stringify(fields)).not.toMatch(/:(null|undefined)/)
      }),
    )
  })

  it.for(recordings.sends.map((one) => [one.name, one] as const))(
    'writes %s',
    ([, one], { expect }) => {
      const sent = provider.submit(one.order)
      expect(sent.path).toBe(one.path)
      expect(sent.body).toEqual(one.body)
    },
  )
}

const fieldsOf = (body: ReturnType<HttpProvider['submit']>['body']): Record<string, unknown> =>
  body && 'form' in body
    ? Object.fromEntries(body.form.map((part) => [part.name, 'value' in part ? part.value : '']))
    : { ...(body?.json as Record<string, unknown>) }

function reading(provider: HttpProvider, { submit, poll, events }: Recordings): void {
  it.for(submit.map((one) => [one.name, one] as const))('takes %s', ([, one], { expect }) => {
    const outcome = provider.readSubmit(answer(one))
    expect(outcome).toMatchObject(one.becomes)
    if (outcome.kind === 'done') expect(foundIn(outcome)).toEqual(marksIn(one.reply))
  })

  it('never throws, and is never done without an image, whatever an upstream answers', ({
    expect,
  }) => {
    const replies = [...submit, ...(poll?.answers ?? [])].map(({ reply }) => reply)
    const readers = [
      (given: Answer) => provider.readSubmit(given),
      (given: Answer) => provider.readPoll?.(given) ?? provider.readSubmit(given),
    ]
    fc.assert(
      fc.property(fc.oneof(hostile, mutated(replies)), (reply) => {
        for (const read of readers) {
          const outcome = read(answer({ reply }))
          if (outcome.kind === 'done') expect(outcome.images.length).toBeGreaterThan(0)
          if (outcome.kind === 'pending') expect(outcome.handle.id).not.toBe('')
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.for([null, {}, [], '', { data: [] }, { output: [], status: 'completed' }])(
    'does not call %j a success, and has it never sent again',
    (reply, { expect }) => {
      const outcome = provider.readSubmit(answer({ reply }))
      expect(outcome).toMatchObject({ kind: 'failed' })
      if (outcome.kind === 'failed') expect(outcome.error.executed).not.toBe('no')
    },
  )

  if (poll) polling(provider, poll)
  if (events) streaming(provider, events)
}

const foundIn = (outcome: Extract<Outcome, { kind: 'done' }>): number[] =>
  outcome.images.flatMap(({ from }) => ('found' in from ? [from.found] : []))

function polling(provider: HttpProvider, poll: NonNullable<Recordings['poll']>): void {
  it('asks by GET, below the paths of the upstream, and never submits again', ({ expect }) => {
    const asked = provider.poll!(handle)
    expect(asked).toMatchObject({ method: 'GET', body: null, headers: {} })
    expect(asked.path).toContain('/a%2F..%2Fb%3Fc%23d')
    expect(provider.cancel!(handle).path).toContain('/a%2F..%2Fb%3Fc%23d')
    expect(provider.cancel!(handle).body).toBeNull()
  })

  it.for(poll.answers.map((one) => [one.name, one] as const))('polls %s', ([, one], { expect }) => {
    const outcome = provider.readPoll!(answer(one))
    expect(outcome).toMatchObject(one.becomes)
    if (outcome.kind === 'done') expect(foundIn(outcome)).toEqual(marksIn(one.reply))
  })

  it('asks again when the upstream says so, else by the usual schedule', ({ expect }) => {
    for (const [headers, pollAfterMs] of [
      [{ 'retry-after': '7' }, 7000],
      [{ 'retry-after-ms': '300', 'retry-after': '7' }, 300],
      [{}, null],
    ] as const) {
      const said = answer({ reply: poll.unseen('unheard of'), headers: { ...headers } })
      expect(provider.readPoll!(said)).toMatchObject({ kind: 'pending', pollAfterMs })
    }
  })

  it('has a recording of every state that is documented', ({ expect }) => {
    const text = JSON.stringify(poll.answers.map(({ reply }) => reply))
    for (const state of poll.states) expect(text).toContain(`"status":"${state}"`)
  })

  it('keeps waiting in a state that nobody has seen', ({ expect }) => {
    fc.assert(
      fc.property(fc.string(), (status) => {
        fc.pre(!poll.states.includes(status))
        expect(provider.readPoll!(answer({ reply: poll.unseen(status) }))).toMatchObject({
          kind: 'pending',
          handle: { v: 1, id: 'g1', stage: 'poll' },
        })
      }),
    )
  })

  it('keeps waiting after an answer that tells nothing', ({ expect }) => {
    for (const reply of [null, {}, '<html>', []])
      expect(provider.readPoll!(answer({ reply }))).toMatchObject({
        kind: 'failed',
        error: { kind: 'transient', status: null },
      })
  })
}

function streaming(provider: HttpProvider, events: NonNullable<Recordings['events']>): void {
  it.for(events.map((one) => [one.name, one] as const))('hears %s', ([, one], { expect }) => {
    expect(provider.readEvent!(one)).toMatchObject(one.becomes)
  })

  it('hears any event without throwing', ({ expect }) => {
    const names = fc.constantFrom(...events.map(({ event }) => event))
    const jsons = fc.oneof(hostile, mutated(events.map(({ json }) => json)))
    fc.assert(
      fc.property(names, jsons, (event, json) => {
        const heard = provider.readEvent!({ event, json })
        if (heard.kind === 'final') expect(heard.outcome.images.length).toBeGreaterThan(0)
      }),
      { numRuns: 500 },
    )
  })
}

/** What each status means when its body says nothing. */
const STATUSES: [number, 'submit' | 'poll', string, string][] = [
  [400, 'submit', 'invalid', 'no'],
  [401, 'submit', 'auth', 'no'],
  [402, 'submit', 'credit', 'no'],
  [403, 'submit', 'auth', 'no'],
  [404, 'submit', 'notfound', 'no'],
  [404, 'poll', 'lost', 'maybe'],
  [408, 'submit', 'transient', 'maybe'],
  [409, 'submit', 'transient', 'maybe'],
  [410, 'poll', 'lost', 'maybe'],
  [413, 'submit', 'invalid', 'no'],
  [422, 'submit', 'invalid', 'no'],
  [429, 'submit', 'rate', 'no'],
  [429, 'poll', 'rate', 'no'],
  [500, 'submit', 'transient', 'maybe'],
  [502, 'submit', 'transient', 'maybe'],
  [504, 'submit', 'transient', 'maybe'],
  [520, 'submit', 'transient', 'maybe'],
  [524, 'submit', 'transient', 'maybe'],
  [302, 'submit', 'transient', 'maybe'],
]

function failing(provider: HttpProvider, { errors }: Recordings): void {
  it.for(STATUSES)('takes a bare %i of a %s for %s, executed: %s', (row, { expect }) => {
    const [status, during, kind, executed] = row
    const outcome = provider.readError(answer({ status, reply: null }), during)
    expect(outcome).toMatchObject({ kind: 'failed', error: { kind, executed, status } })
  })

  it('takes a 503 that says when to come back for a refusal before any work', ({ expect }) => {
    const busy = { status: 503, headers: { 'retry-after': '7' }, reply: null }
    expect(provider.readError(answer(busy), 'submit')).toMatchObject({
      error: { kind: 'capacity', executed: 'no', retryAfterMs: 7000 },
    })
  })

  it.for(errors.map((one) => [one.name, one] as const))('reads %s', ([, one], { expect }) => {
    expect(provider.readError(answer(one), one.during ?? 'submit')).toMatchObject(one.becomes)
  })

  it('shows nobody what an upstream says of itself', ({ expect }) => {
    const canary = 'sk-canary http://10.0.0.1/internal'
    const inner = { message: canary, type: canary, code: canary, param: canary, detail: canary }
    for (const status of [400, 401, 403, 404, 422, 429, 500, 503])
      for (const reply of [
        { error: inner },
        { error: canary },
        inner,
        { detail: [{ msg: canary }] },
      ])
        expect(JSON.stringify(provider.readError(answer({ status, reply }), 'submit'))).not.toMatch(
          /canary|10\.0/,
        )
  })

  it('reads any error without throwing', ({ expect }) => {
    const status = fc.integer({ min: 300, max: 599 })
    const replies = errors.map(({ reply }) => reply)
    fc.assert(
      fc.property(status, fc.oneof(hostile, mutated(replies)), (code, reply) => {
        const { kind } = provider.readError(answer({ status: code, reply }), 'submit')
        expect(['failed', 'refused']).toContain(kind)
      }),
      { numRuns: 500 },
    )
  })
}
