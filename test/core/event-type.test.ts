import { describe, it } from 'vitest'
import {
  EVENT_TYPES,
  eventId,
  eventTypesOf,
  parseEventId,
  wantedOf,
} from '../../src/core/event-type.ts'
import { newJobId, shortId } from '../../src/core/ids.ts'

const ENDS = ['succeeded', 'failed', 'cancelled', 'expired']

describe('the events of a job', () => {
  it('are in its own words, and in those of OpenAI first for Responses', ({ expect }) => {
    expect(ENDS.map((status) => eventTypesOf('openai', status))).toEqual(
      ENDS.map((status) => [`image.job.${status}`]),
    )
    expect(ENDS.flatMap((status) => eventTypesOf('responses', status).slice(0, 1))).toEqual([
      'response.completed',
      'response.failed',
      'response.cancelled',
      'response.incomplete',
    ])
  })

  it('are in OpenAI’s words for background responses alone', ({ expect }) => {
    expect(eventTypesOf('responses-waited', 'succeeded')).toEqual(['image.job.succeeded'])
  })

  it('reach an endpoint once, or as often as it names them', ({ expect }) => {
    const types = eventTypesOf('responses', 'succeeded')
    expect(wantedOf(types, [])).toEqual(['response.completed'])
    expect(wantedOf(types, ['image.job.succeeded'])).toEqual(['image.job.succeeded'])
    expect(wantedOf(types, ['image.job.failed'])).toEqual([])
    expect(wantedOf(types, [...EVENT_TYPES])).toEqual(['response.completed', 'image.job.succeeded'])
  })

  it('have ids that are read back, without a dot', ({ expect }) => {
    const job = newJobId()
    for (const type of EVENT_TYPES) {
      const id = eventId(job, type)
      expect(id).toMatch(/^evt_[a-z2-7]{26}_\w+$/)
      expect(parseEventId(id)).toEqual({ job, type })
    }
    for (const text of ['', 'evt_', `evt_${shortId(job)}`, eventId(job, 'webhook.test'), job])
      expect(parseEventId(text)).toBe(null)
  })
})
