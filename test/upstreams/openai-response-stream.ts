import type { World } from './call.ts'
import { phaseOf, until } from './jobs.ts'
import { frame } from './openai-images.ts'
import { outputItem, render, type KeptResponse } from './openai-response.ts'
import { toPicture } from './pictures.ts'
import type { Json } from './shapes.ts'

type Event = { type: string } & Json

async function* image(kept: KeptResponse, world: World): AsyncGenerator<Event> {
  const { job, callId: item_id, drawing, partials } = kept
  const call = 'response.image_generation_call'
  const at = { output_index: 0, item_id }
  yield { type: 'response.output_item.added', output_index: 0, item: outputItem(kept, 0, false) }
  yield { type: `${call}.in_progress`, ...at }
  yield { type: `${call}.generating`, ...at }
  const { order, size, quality, background, format } = drawing!
  const step = (job.doneAt - job.startsAt) / (partials + 1)
  for (let k = 0; k < partials; k++) {
    await until(job, job.startsAt + step * (k + 1))
    yield {
      type: `${call}.partial_image`,
      ...at,
      partial_image_index: k,
      partial_image_b64: toPicture({ ...order, seed: k }, 0, world.settings).base64(),
      size,
      quality,
      background,
      output_format: format,
    }
  }
  await until(job, job.doneAt)
  if (phaseOf(job) !== 'done') return
  yield { type: `${call}.completed`, ...at }
  for (const index of job.pictures.keys()) {
    const item = outputItem(kept, index, true)
    if (index > 0) {
      const added = outputItem(kept, index, false)
      yield { type: 'response.output_item.added', output_index: index, item: added }
    }
    yield { type: 'response.output_item.done', output_index: index, item }
  }
}

async function* life(kept: KeptResponse, world: World): AsyncGenerator<Event> {
  const { job, background, text } = kept
  const first = background ? 'queued' : 'running'
  yield { type: 'response.created', response: render(kept, first) }
  if (background) yield { type: 'response.queued', response: render(kept, 'queued') }
  await until(job, job.startsAt)
  if (phaseOf(job) === 'cancelled') return
  yield { type: 'response.in_progress', response: render(kept, 'running') }
  if (text === null && !job.failure) yield* image(kept, world)
  await until(job, job.doneAt)
  // A stream of a cancelled response just ends.
  if (phaseOf(job) === 'failed') yield { type: 'response.failed', response: render(kept) }
  else if (phaseOf(job) === 'done') yield { type: 'response.completed', response: render(kept) }
}

/** Events with a number over `after`, the past at once and the rest as it happens. */
export async function* events(kept: KeptResponse, world: World, after = -1) {
  let sequence_number = 0
  for await (const event of life(kept, world)) {
    if (sequence_number > after) yield frame({ ...event, sequence_number })
    sequence_number++
  }
}
