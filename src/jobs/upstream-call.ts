import type { PublicError } from '../core/error.ts'
import type { PlanRoute } from '../core/plan.ts'
import type { Outcome, UpstreamError } from '../core/provider.ts'
import type { HttpProvider, UpstreamRequest } from '../core/upstream.ts'
import { notStarted } from '../outbound/failure.ts'
import { gateOf, noteSuccess, reportFailure } from '../outbound/gate-cache.ts'
import { callUpstream, type UpstreamResponse } from '../outbound/upstream.ts'
import { httpProviders } from '../providers/http-providers.ts'
import { deadlinesOf } from './call-deadlines.ts'
import { requestOf, type CallResult, type UpstreamCallContext } from './calls.ts'
import { stageInputs, unreadable } from './inputs.ts'
import { outgoingBodyOf } from './outgoing-body.ts'
import { readAnswer } from './read-answer.ts'
import { credentialOf } from './credential.ts'

/** A cancel is a small question, ms. */
const QUESTION_MS = 30_000

const failed = (error: UpstreamError): CallResult => ({
  outcome: { kind: 'failed', error },
  found: [],
  upstreamRequestId: null,
})

/** Sends an attempt to its upstream, unless trouble there says to wait. */
export async function submitUpstream(context: UpstreamCallContext): Promise<CallResult> {
  const { env, record, attempt, now } = context
  const route = routeOf(context)
  const closed = await closedGate(env, route, now)
  if (closed) return failed(closed)
  const provider = providerOf(route)
  const staged = await stageInputs(env, record.facts, context.signal)
  if (!staged.ok) return failed(notSent(staged.error))
  if (Date.now() >= record.state.endBy) return failed(notStarted())
  const order = requestOf(record, attempt, now)
  const asked = { ...order.request, ...staged.inputs }
  const request = provider.submit({ ...order, request: asked })
  const body = await outgoingBodyOf(env, request.body, asked)
  if ('missing' in body)
    return failed(
      notSent(unreadable(record.facts, 'image', 'an image was deleted before it could be read.')),
    )
  const result = await call(context, provider, request, body.body, 'submit')
  if (!wasCutOff(context, result.outcome)) await report(env, route, result.outcome, now)
  return result
}

/** Asks after an attempt that has a handle. */
export function pollUpstream(context: UpstreamCallContext): Promise<CallResult> {
  const provider = providerOf(routeOf(context))
  return call(context, provider, provider.poll!(context.attempt.handle!), null, 'poll')
}

/** Asks an upstream to stop work that nobody waits for. Best effort: its answer changes nothing. */
export async function cancelUpstream(context: UpstreamCallContext): Promise<void> {
  const provider = providerOf(routeOf(context))
  const { handle } = context.attempt
  if (!handle || !provider.cancel) return
  const called = await callUpstream({
    request: provider.cancel(handle),
    body: null,
    upstream: upstreamOf(context),
    deadlines: { headersMs: QUESTION_MS, bodyMs: QUESTION_MS, totalMs: QUESTION_MS },
  })
  if (called.ok) called.response.end()
}

const routeOf = ({ record, attempt }: UpstreamCallContext): PlanRoute =>
  record.facts.plan.routes[attempt.route]!

function providerOf({ provider }: PlanRoute): HttpProvider {
  const code = httpProviders.get(provider)
  if (!code) throw new Error(`no code for provider ${provider}`)
  return code
}

function upstreamOf(context: UpstreamCallContext) {
  const route = routeOf(context)
  const { upstream: id, baseUrl } = route
  return { id, baseUrl, credential: credentialOf(context.env, route) }
}

async function call(
  context: UpstreamCallContext,
  provider: HttpProvider,
  request: UpstreamRequest,
  body: Parameters<typeof callUpstream>[0]['body'],
  during: 'submit' | 'poll',
): Promise<CallResult> {
  const { signal } = context
  const deadlines = deadlinesOf(during, routeOf(context).timeoutMs)
  const upstream = upstreamOf(context)
  const called = await callUpstream({ request, body, upstream, deadlines, signal })
  if (!called.ok) return failed(called.error)
  return readAndEnd(context, provider, called.response, during)
}

async function readAndEnd(
  context: UpstreamCallContext,
  provider: HttpProvider,
  response: UpstreamResponse,
  during: 'submit' | 'poll',
): Promise<CallResult> {
  try {
    const { outcome, found } = await readAnswer(context, provider, response, during)
    return { outcome, found, upstreamRequestId: response.upstreamRequestId }
  } finally {
    response.end()
  }
}

/** Nothing was sent, and no other route can do better. */
const notSent = (shown: PublicError): UpstreamError => ({
  kind: 'invalid',
  executed: 'no',
  status: null,
  retryAfterMs: null,
  shown,
})

/** What stands against a call now: the account is paced or the upstream is known to be down. */
async function closedGate(
  env: Env,
  { upstream }: PlanRoute,
  now: number,
): Promise<UpstreamError | null> {
  const { openUntil, paceUntil } = await gateOf(env.GATES, upstream, now)
  const until = Math.max(openUntil ?? 0, paceUntil ?? 0)
  if (until <= now) return null
  const kind = openUntil === null ? 'rate' : 'capacity'
  return { kind, executed: 'no', status: null, retryAfterMs: until - now, shown: null }
}

/** Ended by its caller's cancel or the request's own deadline: that says nothing of the upstream. */
const wasCutOff = ({ signal }: UpstreamCallContext, outcome: Outcome): boolean =>
  outcome.kind === 'failed' && outcome.error.kind === 'transient' && signal.aborted

async function report(env: Env, { upstream }: PlanRoute, outcome: Outcome, now: number) {
  if (outcome.kind === 'failed') await reportFailure(env.GATES, upstream, outcome.error, now)
  else noteSuccess(upstream, now)
}
