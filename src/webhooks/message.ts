import { eventId, type EventType } from '../core/event-type.ts'
import { showJobId, shortId } from '../core/ids.ts'
import { seconds } from '../core/seconds.ts'
import type { JobView } from '../core/view.ts'
import type { Message } from './sign.ts'

/**
 * The event of a job's end: links, never bytes, and the same text for equal links.
 *
 * @param links signed links of the images that may be fetched
 */
export function messageOf(view: JobView, type: EventType, links: string[]): Message {
  const id = eventId(view.id, type)
  const created_at = seconds(view.endedAt ?? view.createdAt)
  const data = type.startsWith('response.')
    ? { id: `resp_${shortId(view.id)}` }
    : dataOf(view, links)
  return { id, body: JSON.stringify({ id, object: 'event', created_at, type, data }) }
}

function dataOf(view: JobView, images: string[]) {
  const id = showJobId(view.id)
  return {
    id,
    object: 'image.job',
    livemode: view.livemode,
    status: view.status,
    model: view.model,
    error: view.error && { type: view.error.type, code: view.error.code },
    metadata: view.metadata,
    urls: { get: `${view.origin}/v1/jobs/${id}`, images },
  }
}
