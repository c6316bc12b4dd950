import * as z from 'zod/mini'
import type { GatewayOptions } from '../core/request.ts'
import { RETENTION } from '../core/retention.ts'
import type { ParseContext } from './dialect.ts'
import { flag, whole } from './fields.ts'
import { invalid } from './invalid.ts'

const DAY_SECONDS = 86_400

/** `metadata` as in OpenAI's APIs: at most 16 pairs, keys up to 64, values up to 512 characters. */
export const Metadata = z.catchall(z.object({}), z.string().check(z.maxLength(512))).check(
  z.refine((it) => Object.keys(it).length <= 16, 'expected at most 16 pairs'),
  z.refine(
    (it) => Object.keys(it).every((key) => key.length <= 64),
    'a key that does not fit: expected at most 64 characters',
  ),
)

/** The body key `gateway`: our own options, refused when unknown so that a typing error is not silent. */
export const Gateway = z.nullish(
  z.strictObject({
    mode: z.nullish(z.enum(['wait', 'async'])),
    metadata: z.nullish(Metadata),
    cache: z.nullish(z.enum(['auto', 'reuse', 'off'])),
    retention_seconds: whole(RETENTION.least, RETENTION.most),
    max_cost_usd: z.nullish(z.number().check(z.minimum(0), z.maximum(1_000_000))),
    start_deadline_s: whole(1, DAY_SECONDS),
    deadline_s: whole(1, DAY_SECONDS),
    params: z.nullish(z.enum(['strict', 'warn', 'drop'])),
    on_unknown: z.nullish(z.enum(['auto', 'fail', 'resubmit'])),
    fallback: flag,
    dry_run: flag,
    webhook_url: z.nullish(z.string()),
  }),
)

type GatewayBody = z.infer<typeof Gateway>

/**
 * The options with the defaults of design.md section 3.
 * @throws GatewayError 400 for an address that must not be called
 */
export const readGateway = (body: GatewayBody, { checkUrl }: ParseContext): GatewayOptions => ({
  metadata: body?.metadata ?? {},
  cache: body?.cache ?? 'auto',
  retentionSeconds: body?.retention_seconds ?? null,
  maxCostUsd: body?.max_cost_usd ?? null,
  startDeadlineSeconds: body?.start_deadline_s ?? 600,
  deadlineSeconds: body?.deadline_s ?? 1800,
  params: body?.params ?? 'warn',
  onUnknown: body?.on_unknown ?? 'auto',
  fallback: body?.fallback ?? true,
  dryRun: body?.dry_run ?? false,
  webhookUrl: body?.webhook_url == null ? null : checkedUrl(body.webhook_url, checkUrl),
})

function checkedUrl(url: string, checkUrl: ParseContext['checkUrl']): string {
  const fault = checkUrl(url)
  if (fault === null) return url
  throw invalid('gateway.webhook_url', fault)
}
