import * as z from 'zod/mini'
import { fromUsd, MAX_USD, toUsd } from '../core/money.ts'
import { SCOPES } from '../core/tenant.ts'
import type { KeyBounds, KeyRecord } from '../tenants/records.ts'
import { isOrigin, isRange } from '../tenants/restrictions.ts'

const text = z.string().check(z.minLength(1), z.maxLength(200))
const DAY_S = 86_400

/** Most ranges or origins of one key. */
const MAX_ENTRIES = 50

const listOf = (entry: z.ZodMiniString) =>
  z.nullish(z.array(entry).check(z.minLength(1), z.maxLength(MAX_ENTRIES)))

const range = text.check(
  z.refine(isRange, 'expected an IP range such as 203.0.113.0/24 or 2001:db8::/32'),
)
const origin = text.check(
  z.refine(isOrigin, 'expected an origin such as https://app.example.com, without a path'),
)

const usd = z.number().check(
  z.minimum(0),
  z.maximum(MAX_USD),
  z.refine((amount) => fromUsd(amount) !== null, 'expected USD with at most six decimals'),
)

const scopes = z.array(z.enum(SCOPES)).check(z.minLength(1))
/** Seconds from now. */
const endIn = z.int().check(z.minimum(1), z.maximum(3650 * DAY_S))

const narrowing = {
  models: z.nullish(z.array(text).check(z.maxLength(1000))),
  cidrs: listOf(range),
  origins: listOf(origin),
}

/** What can be changed; what is missing stays as it is. */
export const KEY_CHANGE = {
  ...narrowing,
  name: z.optional(text),
  scopes: z.optional(scopes),
  expires_in: z.optional(endIn),
}

/** What every maker of a key may say. */
export const KEY_FIELDS = {
  ...narrowing,
  name: text,
  test: z.nullish(z.boolean()),
  scopes: z.nullish(scopes),
  expires_in: z.nullish(endIn),
  max_usd: z.nullish(usd),
  /** Images in all. */
  n: z.nullish(z.int().check(z.minimum(0), z.maximum(1e9))),
}

export const ChildKeyBody = z.strictObject({
  ...KEY_FIELDS,
  name: z.nullish(text),
  expires_in: z.nullish(z.int().check(z.minimum(1), z.maximum(365 * DAY_S))),
})

export const RotateBody = z.strictObject({
  /** For how long the old key goes on. */
  overlap_s: z.nullish(z.int().check(z.minimum(0), z.maximum(30 * DAY_S))),
})

type Bounds = Pick<z.infer<typeof ChildKeyBody>, 'cidrs' | 'origins' | 'max_usd' | 'n'>

export const readBounds = ({ cidrs, origins, max_usd, n }: Bounds): KeyBounds => ({
  cidrs: cidrs ?? null,
  origins: origins ?? null,
  maxSpend: max_usd == null ? null : fromUsd(max_usd),
  maxImages: n ?? null,
})

export const readEnd = (seconds: number | null | undefined): { expiresAt?: number } =>
  seconds == null ? {} : { expiresAt: Date.now() + seconds * 1000 }

export const renderBounds = (key: KeyRecord) => ({
  parent: key.parent,
  cidrs: key.cidrs,
  origins: key.origins,
  max_usd: key.maxSpend === null ? null : toUsd(key.maxSpend),
  used_usd: toUsd(key.used.spend),
  n: key.maxImages,
  used_n: key.used.images,
})
