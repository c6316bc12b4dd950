import { ask, call, generate } from './client.ts'

const small = { prompt: 'a red cube', size: '64x64', model: 'sketch-priced' }
const LATER = { prefer: 'respond-async' }
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** One job for every way to end, and for everything that a job can keep in R2. Ids of jobs that ended. */
export async function everyEnd(key: string): Promise<Record<string, string>> {
  const drawn = await generate(key, { ...small, n: 2, seed: 7 }, { 'idempotency-key': 'a' })
  const edited = await edit(key, small.model)
  const streamed = await stream(key)
  const failed = await edit(key, 'sketch-moderated')
  const cancelled = await edit(key, 'sketch-slow-priced')
  await ask(`/v1/jobs/${cancelled}/cancel`, { key, method: 'POST' })
  const expired = await edit(key, 'sketch-slow', { deadline_s: 1 })
  const ids = {
    succeeded: drawn.headers.get('x-darkroom-job')!,
    edited,
    streamed,
    failed,
    cancelled,
    expired,
  }
  for (const id of Object.values(ids)) await ask(`/v1/jobs/${id}?wait=30`, { key })
  return ids
}

async function edit(key: string, model: string, gateway = {}): Promise<string> {
  const images = [{ image_url: PIXEL }]
  const body = { ...small, model, images, gateway }
  const made = await ask('/v1/images/edits', { key, body, headers: LATER })
  return made.json.id
}

/** With a partial image. */
async function stream(key: string): Promise<string> {
  const body = { ...small, stream: true, partial_images: 1 }
  const answer = await call('/v1/images/generations', { key, body })
  await answer.text()
  return answer.headers.get('x-darkroom-job')!
}
