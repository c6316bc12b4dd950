import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { readAnswer } from '../../src/jobs/read-answer.ts'
import { httpProviders } from '../../src/providers/http-providers.ts'
import { fillMemory } from '../images/fill-memory.ts'
import { pngOf } from '../images/samples.ts'
import { storedOf } from '../support/storage.ts'
import { submitting } from './submitting.ts'

const event = (name: string, data: object): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

const image = pngOf(100_000).toBase64()
const ANSWERS = {
  'a body': { type: 'application/json', text: JSON.stringify({ data: [{ b64_json: image }] }) },
  'a stream': {
    type: 'text/event-stream',
    text: event('image_generation.completed', { b64_json: image }),
  },
  'a partial image': {
    type: 'text/event-stream',
    text: event('image_generation.partial_image', { b64_json: image }),
  },
}

describe('an answer whose image waits for memory when its job is cancelled', () => {
  it.for(Object.entries(ANSWERS))(
    '%s is given up at once',
    async ([, { type, text }], { expect }) => {
      await fillMemory()
      const record = submitting({ model: 'sketch-priced' })
      const wish = new AbortController()
      const { status, headers, body } = new Response(text, { headers: { 'content-type': type } })
      const answer = { status, headers, body, upstreamRequestId: null, end: () => {} }
      const context = {
        env,
        record,
        attempt: record.state.attempts[0]!,
        signal: wish.signal,
        now: Date.now(),
        onPartial: () => {},
      }
      const read = readAnswer(context, httpProviders.get('openai')!, answer, 'submit')
      setTimeout(() => wish.abort(new Error('cancelled')), 100)
      await expect(read).rejects.toThrow('cancelled')
      expect(await storedOf(record.facts.actor.tenant)).toEqual([])
    },
  )
})
