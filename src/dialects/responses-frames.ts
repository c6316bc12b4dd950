import { errors } from '../core/error.ts'
import { isEnd, type EventRow } from '../core/event.ts'
import type { StoredImage } from '../core/image.ts'
import { StoredBytes } from '../core/stored-bytes.ts'
import { DONE, type Frame, type ShownJob } from './dialect.ts'
import { openaiErrorFrame } from './openai-frames.ts'
import { readEcho, type Echo } from './responses-echo.ts'
import {
  callId,
  callOf,
  formatOf,
  messageId,
  messageOf,
  partOf,
  renderResponse,
  toldOf,
} from './responses-render.ts'

type Now = Partial<
  Pick<ShownJob['view'], 'status' | 'images' | 'error' | 'usage' | 'endedAt' | 'charge'>
>

/**
 * What one event of a job says in a streamed response. Whatever the row, the frames before it are those
 * of the rows before it: a client that comes again is sent the same ones.
 */
export function responseFrames(row: EventRow, job: ShownJob, echoText: string): Frame[] {
  const echo = readEcho(echoText)
  const isQueued = echo.shown['background'] === true
  const response = (type: string, now: Now) => {
    const open = { images: [], error: null, usage: null, endedAt: null, charge: null }
    const view = { ...job.view, ...open, ...now }
    return frame(`response.${type}`, { response: renderResponse({ ...job, view }, echoText) })
  }
  const status = isQueued ? 'queued' : 'running'
  const first = [response('created', { status })]
  if (isQueued) first.push(response('queued', { status }))
  const opening = row.seq === 1 ? first : []
  if (!isEnd(row))
    return [
      ...opening,
      ...(row.type === 'running' ? [response('in_progress', { status: 'running' })] : []),
      ...duringOf(row, job, echo),
    ]
  const { type, images, error, usage, at, charge = null } = row
  const end = { status: type, images, error, usage, endedAt: at, charge }
  const last = {
    succeeded: () => [...itemsOf(images, job, echo), response('completed', end)],
    failed: () => [response('failed', end)],
    expired: () => [response('incomplete', end)],
    // OpenAI has no event for it: the stream ends.
    cancelled: () => [],
  }[type]()
  return [...opening, ...last, ...(echo.isTool ? [] : [DONE])]
}

const GONE = openaiErrorFrame(errors.notFound('The image is gone.'))

const frame = (type: string, data: object, ifGone: Frame = GONE): Frame => ({
  event: type,
  id: null,
  data: { type, ...data },
  ifGone,
})

/** About the n-th item. */
const call = ({ view }: ShownJob, n: number, event: string, more: object = {}, ifGone = GONE) =>
  frame(
    `response.image_generation_call.${event}`,
    { output_index: n, item_id: callId(view, n), ...more },
    ifGone,
  )

/** Each image asked for is an item from the start; with Modular MAX all are parts of one. */
function duringOf(row: EventRow, job: ShownJob, echo: Echo): Frame[] {
  const { view } = job
  if (row.type === 'partial' && echo.isTool) return [partial(row, job, echo)]
  if (row.type !== 'running') return []
  if (!echo.isTool) return [itemFrame('added', 0, messageOf(view, [], 'in_progress'))]
  return Array.from({ length: view.count }, (_, n) => [
    itemFrame('added', n, emptyCall(job, n, 'in_progress', null)),
    call(job, n, 'in_progress'),
    call(job, n, 'generating'),
  ]).flat()
}

const itemFrame = (event: 'added' | 'done', output_index: number, item: object): Frame =>
  frame(`response.output_item.${event}`, { output_index, item })

const emptyCall = ({ view }: ShownJob, n: number, status: string, result: string | null) => ({
  id: callId(view, n),
  type: 'image_generation_call',
  status,
  result,
})

function partial(
  { n, k, image }: Extract<EventRow, { type: 'partial' }>,
  job: ShownJob,
  echo: Echo,
): Frame {
  const more = {
    partial_image_index: k,
    partial_image_b64: StoredBytes.base64(image),
    output_format: formatOf(image),
    ...toldOf(echo),
  }
  // It keeps its number when its picture is gone.
  return call(job, n, 'partial_image', more, call(job, n, 'generating'))
}

function itemsOf(images: StoredImage[], job: ShownJob, echo: Echo): Frame[] {
  const { view, links } = job
  if (!echo.isTool) {
    const item_id = messageId(view)
    const parts = images.map((image) => partOf(image, links, echo))
    return [
      ...images.flatMap((image, content_index) => {
        const place = { item_id, output_index: 0, content_index }
        const head = partOf(image, links, echo, true)
        return [
          frame('response.content_part.added', { ...place, part: head }),
          frame('response.content_part.done', { ...place, part: parts[content_index] }),
        ]
      }),
      itemFrame('done', 0, messageOf(view, parts)),
    ]
  }
  return Array.from({ length: view.count }, (_, n) => {
    const image = images.find((it) => it.n === n)
    // A text, as clients want it of an item that is over; the response does not list it.
    if (!image) return [itemFrame('done', n, emptyCall(job, n, 'failed', ''))]
    return [call(job, n, 'completed'), itemFrame('done', n, callOf(view, image, links, echo))]
  }).flat()
}
