import * as z from 'zod'
import type { GatewayOptions } from '../core/request.ts'

const DAY_SECONDS = 86_400

/** `metadata` as in OpenAI's APIs: at most 16 pairs, keys up to 64, values up to 512 characters. */
const Metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, 'expected at most 16 pairs')

/** The body key `gateway`: our own options, refused when unknown so that a typing error is not silent. */
export const Gateway = z
  .strictObject({
    mode: z.enum(['wait', 'async']).nullish(),
    metadata: Metadata.nullish(),
    cache: z.enum(['auto', 'reuse', 'off']).nullish(),
    retention_seconds: z
      .int()
      .min(300)
      .max(365 * DAY_SECONDS)
      .nullish(),
    max_cost_usd: z.number().min(0).max(1_000_000).nullish(),
    start_deadline_s: z.int().min(1).max(DAY_SECONDS).nullish(),
    deadline_s: z.int().min(1).max(DAY_SECONDS).nullish(),
    params: z.enum(['strict', 'warn', 'drop']).nullish(),
    on_unknown: z.enum(['auto', 'fail', 'resubmit']).nullish(),
    fallback: z.boolean().nullish(),
    dry_run: z.boolean().nullish(),
  })
  .nullish()

type GatewayBody = z.infer<typeof Gateway>

/** The options with the defaults of design.md section 3. */
export const readGateway = (body: GatewayBody): GatewayOptions => ({
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
})
