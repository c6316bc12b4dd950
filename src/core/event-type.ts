import { parseJobId, shortId, type JobId } from './ids.ts'

/** What a webhook may tell. Names of OpenAI's Responses API beside our own. */
export const EVENT_TYPES = [
  'image.job.succeeded',
  'image.job.failed',
  'image.job.cancelled',
  'image.job.expired',
  'response.completed',
  'response.failed',
  'response.cancelled',
  'response.incomplete',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** Dialects that have words of their own for the end of a job, by its status. */
const OWN_WORDS: ReadonlyMap<string, Record<string, EventType>> = new Map([
  [
    'responses',
    {
      succeeded: 'response.completed',
      failed: 'response.failed',
      cancelled: 'response.cancelled',
      expired: 'response.incomplete',
    },
  ],
])

/** The events of a job's end. The first is for receivers that asked for none by name. */
export function eventTypesOf(dialect: string, status: string): EventType[] {
  const own = OWN_WORDS.get(dialect)?.[status]
  const native = EVENT_TYPES.filter((type) => type === `image.job.${status}`)
  return own ? [own, ...native] : native
}

/** Those of a job's events that an endpoint is told; `events` empty = each job once, in its dialect's words. */
export const wantedOf = (types: EventType[], events: EventType[]): EventType[] =>
  events.length === 0 ? types.slice(0, 1) : types.filter((type) => events.includes(type))

/** A dot would stand between the fields of the signed text. */
const wordOf = (type: string): string => type.replaceAll('.', '_')

/** `webhook-id` and `id` of an event: equal on every repeat and for every receiver. */
export const eventId = (job: JobId, type: string): string => `evt_${shortId(job)}_${wordOf(type)}`

/** Null when it is no event's id. */
export function parseEventId(text: string): { job: JobId; type: EventType } | null {
  const [, short, word] = /^evt_([a-z2-7]{26})_(\w{1,40})$/.exec(text) ?? []
  const job = short === undefined ? null : parseJobId(short)
  const type = EVENT_TYPES.find((known) => wordOf(known) === word)
  return job && type ? { job, type } : null
}
