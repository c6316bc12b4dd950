import { imageKey, partialKey, shortId } from '../core/ids.ts'
import type { Outcome } from '../core/provider.ts'
import { seconds } from '../core/seconds.ts'
import type { Answer, HttpProvider } from '../core/upstream.ts'
import { discard } from '../images/discard.ts'
import { extractEvents } from '../images/extract-events.ts'
import { extractJson } from '../images/extract-json.ts'
import { openSink, type ImageSink } from '../images/ingest.ts'
import type { About, Ingested } from '../images/intake.ts'
import { readErrorBody } from '../outbound/error-body.ts'
import { brokenBody } from '../outbound/failure.ts'
import type { UpstreamResponse } from '../outbound/upstream.ts'
import type { UpstreamCallContext } from './calls.ts'

/** Most bytes of an answer beside its images. */
const MAX_SKELETON_BYTES = 1024 * 1024
/** Longer data URLs in answers that hold no images are left out of them, bytes. */
const REPEATED_BYTES = 64 * 1024

/** An outcome, and what became of the images that came with it. */
interface Read {
  outcome: Outcome
  found: Ingested[]
}

/** Reads an upstream's answer: its images go to R2 as they come, the rest to the provider. */
export async function readAnswer(
  context: UpstreamCallContext,
  provider: HttpProvider,
  response: UpstreamResponse,
  during: 'submit' | 'poll',
): Promise<Read> {
  const { status, headers, body } = response
  const isOk = status >= 200 && status < 300
  if (!isOk || body === null) {
    const { json } = await readErrorBody(response)
    if (isOk) return { outcome: unreadable(during, status), found: [] }
    return { outcome: provider.readError({ status, headers, json }, during), found: [] }
  }
  if (provider.readEvent && /^text\/event-stream/i.test(headers.get('content-type') ?? ''))
    return readStream(context, provider, body)
  const length = Number(headers.get('content-length') ?? 0)
  const expectedBytes = expectedImageBytes(length, partOf(context).count)
  // Without image keys it gives links: what looks like an image is an input that it repeats.
  const holdsImages = provider.imageKeys.length > 0
  const extracted = await extractJson(body, {
    imageKeys: provider.imageKeys,
    ...(holdsImages ? {} : { dataUrlBytes: REPEATED_BYTES }),
    sink: (n) => (holdsImages ? finalSink(context, n, expectedBytes) : discard()),
    maxSkeletonBytes: MAX_SKELETON_BYTES,
    signal: context.signal,
    length,
  })
  if (!extracted.ok) {
    const isCut = extracted.reason === 'broken_stream'
    return { outcome: unreadable(during, status, isCut), found: extracted.images }
  }
  const answer: Answer = { status, headers, json: extracted.json }
  const outcome = during === 'poll' ? provider.readPoll!(answer) : provider.readSubmit(answer)
  return { outcome, found: extracted.images }
}

/**
 * A 2xx answer that cannot be read. After a submit the work was done (or, when the answer was cut off,
 * may have been); a poll says nothing about the work and is asked again.
 */
function unreadable(during: 'submit' | 'poll', status: number, isCut = false): Outcome {
  const unknown = { status: null, retryAfterMs: null, shown: null }
  if (during === 'poll')
    return { kind: 'failed', error: { ...unknown, kind: 'transient', executed: 'no' } }
  if (isCut) return { kind: 'failed', error: brokenBody(status) }
  return { kind: 'failed', error: { ...unknown, kind: 'no_image', executed: 'yes', status } }
}

const partOf = ({ record, attempt }: UpstreamCallContext) => record.state.parts[attempt.part]!

/** About how long each image of an answer is, bytes; 0 = the answer does not state its length. */
function expectedImageBytes(length: number, count: number): number {
  const bytes = (0.75 * length) / count
  // Images of one answer differ in length: an eighth more room saves most of them a second buffer.
  return Math.ceil(count === 1 ? bytes : 1.125 * bytes)
}

/** The n-th image of an answer lies under the job's key; more than were asked for are not kept. */
function finalSink(context: UpstreamCallContext, n: number, expectedBytes = 0): ImageSink {
  const { tenant } = context.record.facts.actor
  const { first, count } = partOf(context)
  if (n >= count) return discard()
  const key = imageKey(tenant, context.record.facts.id, first + n)
  return sinkAt(context, key, expectedBytes)
}

const aboutOf = ({ record, attempt, now }: UpstreamCallContext): About => ({
  job: shortId(record.facts.id),
  model: record.facts.plan.model,
  provider: record.facts.plan.routes[attempt.route]!.upstream,
  seed: null,
  created: seconds(now),
})

/** Images of partial events lie apart; the final one is the first that comes in another event. */
async function readStream(
  context: UpstreamCallContext,
  provider: HttpProvider,
  body: ReadableStream<Uint8Array>,
): Promise<Read> {
  const found: Ingested[] = []
  const finals: number[] = []
  const options = {
    imageKeys: provider.imageKeys,
    maxSkeletonBytes: MAX_SKELETON_BYTES,
    signal: context.signal,
    sink: (n: number, event: string): ImageSink => {
      if (event.includes('partial')) return partialSink(context, n)
      finals.push(n)
      return finalSink(context, finals.length - 1)
    },
  }
  for await (const event of extractEvents(body, options)) {
    found.push(...event.images)
    if (!event.ok) return { outcome: unreadable('submit', 200, true), found }
    const read = provider.readEvent!(event)
    if (read.kind === 'final')
      return { outcome: finalOf(read.outcome, finals), found: finals.map((n) => found[n]!) }
    if (read.kind === 'failed' || read.kind === 'refused') return { outcome: read, found: [] }
    if (read.kind === 'partial') tellPartial(context, read, found[read.found])
  }
  return { outcome: unreadable('submit', 200, true), found: [] }
}

function tellPartial(
  context: UpstreamCallContext,
  { n, k, found }: { n: number; k: number; found: number },
  stored: Ingested | undefined,
): void {
  if (!stored?.ok) return
  const { type, bytes } = stored.image
  context.onPartial(n, k, { key: keyOfPartial(context, found), type, bytes })
}

/** `found` of a stream counts partial images too; from here on only the final ones are counted. */
function finalOf(outcome: Extract<Outcome, { kind: 'done' }>, finals: number[]): Outcome {
  const images = outcome.images.map((source) =>
    'found' in source.from
      ? { ...source, from: { found: finals.indexOf(source.from.found) } }
      : source,
  )
  return { ...outcome, images }
}

const keyOfPartial = ({ record, attempt }: UpstreamCallContext, n: number): string =>
  partialKey(record.facts.actor.tenant, record.facts.id, record.state.parts[attempt.part]!.first, n)

const partialSink = (context: UpstreamCallContext, n: number): ImageSink =>
  sinkAt(context, keyOfPartial(context, n), 0)

const sinkAt = (context: UpstreamCallContext, key: string, expectedBytes: number): ImageSink =>
  openSink(context.env.IMAGES_BUCKET, key, aboutOf(context), {
    expectedBytes,
    signal: context.signal,
  })
