import { seconds } from '../core/seconds.ts'
import type { UrlRules } from '../outbound/tenant-url.ts'
import { postWebhook, type Posted } from '../outbound/webhook.ts'
import { signedHeaders, type Message } from './sign.ts'

export interface Target {
  url: string
  /** The newest first; they live in memory for this call only. */
  secrets: string[]
}

/** One try: signs for this moment (ms) and posts. Never rejects for what the receiver does. */
export async function sendWebhook(
  { url, secrets }: Target,
  message: Message,
  rules: UrlRules,
  now: number,
): Promise<Posted> {
  const headers = await signedHeaders(message, secrets, seconds(now))
  return postWebhook(url, { headers, body: message.body }, rules)
}
