import type { JobEvent } from '../core/job-state.ts'
import { imagePath } from '../core/ids.ts'
import { describeCause, log } from '../core/log.ts'
import { seconds } from '../core/seconds.ts'
import { signLink } from '../images/link.ts'
import { readSigningKeys } from '../images/signing-keys.ts'
import { callObject } from '../outbound/object-call.ts'
import { messageOf } from '../webhooks/message.ts'
import { sendWebhook } from '../webhooks/send.ts'
import type { JobRecord } from './rows.ts'
import { viewOf } from './view.ts'

/** What another request may tell a job, or ask of its webhooks. */
export type WebhookEvent = Extract<JobEvent, { type: 'webhook' | 'redeliver' }>

/** There is such a delivery. */
export const isKnown = ({ state }: JobRecord, event: WebhookEvent): boolean =>
  event.type !== 'redeliver' ||
  state.deliveries.some((it) => it.endpoint === event.endpoint && it.type === event.event)

/** One try. The tenant keeps the secrets; they are asked for each time and kept nowhere else. */
export async function deliver(
  env: Env,
  record: JobRecord,
  n: number,
  now: number,
): Promise<JobEvent> {
  const { endpoint, url, type, tries } = record.state.deliveries[n]!
  const tried = (status: number | null, isOver: boolean): JobEvent => ({
    type: 'tried',
    delivery: n,
    tries,
    status,
    isOver,
  })
  const { actor, id } = record.facts
  try {
    const target = await callObject(env.TENANTS, actor.tenant, async (tenant) =>
      tenant.webhookTarget(endpoint, actor.livemode),
    )
    const to = url ?? target?.url
    if (!target || !to) return tried(null, true)
    const message = messageOf(viewOf(record), type, await imageLinks(env, record))
    const rules = { allowPrivate: env.ALLOW_PRIVATE_URLS === 'true' }
    const { secrets } = target
    const posted = await sendWebhook({ url: to, secrets }, message, rules, now)
    return tried(posted.status, posted.isRefused)
  } catch (caught) {
    log('deliver_failed', { job: id, cause: describeCause(caught) })
    return tried(null, false)
  }
}

/** The same links that every poll of the job shows: signed anew once `SIGNING_KEYS` are rotated. */
async function imageLinks(env: Env, { facts, state }: JobRecord): Promise<string[]> {
  if (state.status !== 'succeeded') return []
  const keys = await readSigningKeys(env.SIGNING_KEYS)
  const origin = (env.IMAGES_URL || facts.origin).replace(/\/$/, '')
  const exp = seconds(state.expiresAt)
  return Promise.all(
    state.images.map(({ n }) =>
      signLink(keys, { origin, path: imagePath(facts.actor.tenant, facts.id, n), exp }),
    ),
  )
}
