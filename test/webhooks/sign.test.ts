import { Webhook } from 'standardwebhooks'
import { describe, it } from 'vitest'
import { signedHeaders } from '../../src/webhooks/sign.ts'

const secretOf = (byte: number): string => `whsec_${new Uint8Array(32).fill(byte).toBase64()}`
const [OLD, NEW, OTHER] = [secretOf(1), secretOf(2), secretOf(3)]
const message = { id: 'evt_a_image_job_failed', body: '{"type":"image.job.failed","ü":"→"}' }
const now = (): number => Math.floor(Date.now() / 1000)

describe('the signature of a webhook', () => {
  it('is the HMAC that the specification describes', async ({ expect }) => {
    expect(await signedHeaders(message, [OLD], 1_800_000_000)).toEqual({
      'webhook-id': message.id,
      'webhook-timestamp': '1800000000',
      // printf '%s' '<id>.1800000000.<body>' | openssl dgst -sha256 -hmac <32 bytes of 1> -binary | base64
      'webhook-signature': 'v1,3ELQ4EI6gITFsngGKgN6/KD7NhOqpmMOxN2r02Ux/v8=',
    })
  })

  it('is verified by standardwebhooks', async ({ expect }) => {
    const headers = await signedHeaders(message, [OLD], now())
    expect(new Webhook(OLD).verify(message.body, headers)).toEqual(JSON.parse(message.body))
  })

  it('is good for the old secret and for the new one while they overlap', async ({ expect }) => {
    const headers = await signedHeaders(message, [NEW, OLD], now())
    for (const secret of [NEW, OLD])
      expect(() => new Webhook(secret).verify(message.body, headers)).not.toThrow()
    expect(() => new Webhook(OTHER).verify(message.body, headers)).toThrow()
  })

  it.for<[string, (sent: { id: string; body: string; at: number }) => void]>([
    ['another body', (sent) => (sent.body += ' ')],
    ['another id', (sent) => (sent.id += '2')],
    ['another time', (sent) => (sent.at += 1)],
  ])('is bad for %s', async ([, tamper], { expect }) => {
    const sent = { ...message, at: now() }
    const headers = await signedHeaders(message, [OLD], sent.at)
    tamper(sent)
    const altered = {
      ...headers,
      'webhook-id': sent.id,
      'webhook-timestamp': String(sent.at),
    }
    expect(() => new Webhook(OLD).verify(sent.body, altered)).toThrow()
  })

  it('is refused by receivers when it is older than five minutes', async ({ expect }) => {
    const headers = await signedHeaders(message, [OLD], now() - 301)
    expect(() => new Webhook(OLD).verify(message.body, headers)).toThrow()
  })
})
