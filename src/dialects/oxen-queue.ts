import { errors, GatewayError } from '../core/error.ts'
import { StagedInput } from '../core/staged-input.ts'
import type { Submission } from '../core/request.ts'
import { seconds } from '../core/seconds.ts'
import type { PublicStatus } from '../core/view.ts'
import type { Dialect, Frame, ParseContext, ShownJob } from './dialect.ts'
import { readOxen } from './oxen-body.ts'
import { oxenWords } from './oxen-errors.ts'
import { oxenImages } from './oxen-images.ts'

/** Longest texts that are repeated, characters; all together at most 64 KiB. */
const MAX_PROMPT = 16_000
const MAX_TEXT = 1000
const MAX_ECHO = 64 * 1024
/** Longest name of a place in the index, characters. */
const MAX_PLACE = 60

/** Most generations of one request. */
const MAX_GENERATIONS = 4

const STATUSES: Record<PublicStatus, string> = {
  queued: 'queued',
  running: 'processing',
  succeeded: 'succeeded',
  failed: 'failed',
  expired: 'failed',
  cancelled: 'cancelled',
}

export const statusOfGeneration = (status: PublicStatus): string => STATUSES[status]

/** What was submitted, as it is repeated by each poll. */
export type Echo = Record<string, unknown> & { model: string; num_generations: number }

/** Oxen.ai `POST /api/ai/queue`: what is wrong with the parameters is told by the generation, later. */
export const oxenQueue: Dialect = {
  ...oxenImages,
  name: 'oxen_queue',

  parse(json, context) {
    const { num_generations, ...body } = (json ?? {}) as Record<string, unknown>
    const count = num_generations ?? 1
    const isCount = typeof count === 'number' && Number.isInteger(count)
    if (!isCount || count < 1 || count > MAX_GENERATIONS) {
      const message = `num_generations must be an integer between 1 and ${MAX_GENERATIONS}`
      throw new GatewayError(errors.invalid('num_generations', message))
    }
    return {
      ...parseLate(body, context),
      delivery: { format: 'url', mode: 'async', waitMs: null },
      dialect: 'oxen_queue',
      echo: echoOf({ ...body, num_generations: count }),
      filed: filedAs((place) => body[`target_${place}`]),
    }
  },
}

/** What lists of generations are filtered by. */
export const PLACES = ['namespace', 'repo', 'folder']

/** Where a generation belongs, shortened for its row in the index. */
export const filedAs = (read: (place: string) => unknown): Record<string, string> =>
  Object.fromEntries(
    PLACES.flatMap((place) => {
      const said = read(place)
      return typeof said === 'string' ? [[place, said.slice(0, MAX_PLACE)]] : []
    }),
  )

/** Of a body with a fault that is told later, only its model and our own options are read. */
function parseLate(body: Record<string, unknown>, context: ParseContext): Submission {
  try {
    return readOxen(body, context)
  } catch (caught) {
    if (!(caught instanceof GatewayError)) throw caught
    const { model, gateway } = body
    return { ...readOxen({ model, gateway, prompt: 'none' }, context), invalid: caught.shown }
  }
}

function echoOf({ gateway: _ours, ...body }: Record<string, unknown>): string {
  const echo = JSON.stringify(body, (name, value: unknown) => {
    if (value instanceof StagedInput)
      return 'fault' in value.input ? 'data:' : `data:${value.input.type};base64,`
    return typeof value === 'string'
      ? value.slice(0, name === 'prompt' ? MAX_PROMPT : MAX_TEXT)
      : value
  })
  if (new TextEncoder().encode(echo).length <= MAX_ECHO) return echo
  throw new GatewayError(errors.invalid(null, 'The parameters are longer than 64 KiB.'))
}

/** A generation as polls and lists show it: ten keys, and what was submitted. */
export function renderGeneration({ view, links }: ShownJob) {
  const { model, prompt, num_generations: _count, ...submitted } = JSON.parse(view.echo) as Echo
  const [image] = view.images
  const status = STATUSES[view.status]
  return {
    ...submitted,
    generation_id: view.id,
    model_name: model,
    prompt: typeof prompt === 'string' ? prompt : null,
    media_type: 'image',
    status,
    result_url: image ? links[image.n]! : null,
    error_message: status === 'failed' && view.error ? oxenWords(view.error, model) : null,
    enqueued_at: seconds(view.createdAt),
    started_at: seconds(view.startedAt),
    completed_at: seconds(view.endedAt),
  }
}

/** What `/api/events` tells of an end; null = nothing, because it was cancelled or goes on. */
export function completionOf(job: ShownJob): Frame | null {
  const { generation_id, status, media_type, model_name, result_url, error_message } =
    renderGeneration(job)
  if (status !== 'succeeded' && status !== 'failed') return null
  const end = status === 'succeeded' ? { url: result_url } : { error: error_message }
  const data = { generation_id, status, media_type, model: model_name, ...end }
  return { event: 'media_generation_completed', id: null, data, ifGone: null }
}
