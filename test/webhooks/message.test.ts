import { describe, it } from 'vitest'
import { errors } from '../../src/core/error.ts'
import { eventTypesOf } from '../../src/core/event-type.ts'
import { newJobId, shortId } from '../../src/core/ids.ts'
import type { JobView } from '../../src/core/view.ts'
import { messageOf } from '../../src/webhooks/message.ts'

const id = newJobId()
const view = {
  id,
  livemode: false,
  status: 'failed',
  createdAt: 1_800_000_000_000,
  endedAt: 1_800_000_007_999,
  model: 'sketch-1',
  dialect: 'responses',
  error: errors.moderated('A message that may repeat the prompt.'),
  metadata: {},
  origin: 'https://darkroom.test',
} as JobView

describe('the event of a background response', () => {
  it('is OpenAI’s, to the byte', ({ expect }) => {
    const [type] = eventTypesOf(view.dialect, view.status)
    const message = messageOf(view, type!, [])
    const event = `evt_${shortId(id)}_response_failed`
    expect(message).toEqual({
      id: event,
      body: `{"id":"${event}","object":"event","created_at":1800000007,"type":"response.failed","data":{"id":"resp_${shortId(id)}"}}`,
    })
  })
})

describe('the event of a job that failed', () => {
  it('names the error by its code and tells nothing else of it', ({ expect }) => {
    const { body } = messageOf(view, 'image.job.failed', [])
    expect(body).not.toContain('prompt')
    expect(JSON.parse(body).data).toEqual({
      id: `job_${shortId(id)}`,
      object: 'image.job',
      livemode: false,
      status: 'failed',
      model: 'sketch-1',
      error: { type: 'image_generation_user_error', code: 'moderation_blocked' },
      metadata: {},
      urls: { get: `https://darkroom.test/v1/jobs/job_${shortId(id)}`, images: [] },
    })
  })
})
