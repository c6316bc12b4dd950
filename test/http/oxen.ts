import * as z from 'zod/mini'
import { ask, type Answer } from '../support/client.ts'
import { Enqueued, Generation } from '../support/oxen-schemas.ts'

export const enqueue = (
  key: string,
  body: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  ask('/api/ai/queue', { key, body: { model: 'sketch-1', prompt: 'a pier', ...body }, headers })

/** Ids of the generations of an answer that must be a 200. */
export const idsOf = ({ json }: Answer): string[] =>
  z.parse(Enqueued, json).generations.map((it) => it.generation_id)

export const poll = (key: string, id: string): Promise<Answer> =>
  ask(`/api/ai/queue/${id}`, { key })

/** The generation once it has ended; each poll on the way has the ten keys. */
export async function ended(key: string, id: string): Promise<z.infer<typeof Generation>> {
  for (let polls = 0; polls < 200; polls++) {
    const { json } = await poll(key, id)
    const seen = z.parse(Generation, json)
    if (seen.completed_at !== null) return seen
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`${id} does not end`)
}
