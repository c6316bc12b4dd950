import { runInDurableObject } from 'cloudflare:test'
import type { Scope } from '../../src/core/tenant.ts'
import { digestOf, parseKey } from '../../src/tenants/key.ts'
import type { CreatedKey, KeyBounds, MadeKey, NewKey } from '../../src/tenants/records.ts'
import { newTenant } from './tenant.ts'

export const HOUR_MS = 3600_000
export const ALL: Scope[] = ['images:create', 'jobs:read', 'keys:admin']

export function made(key: MadeKey): CreatedKey {
  if (!key || 'refusal' in key) throw new Error(JSON.stringify(key))
  return key
}

/** A tenant with a key that may mint, and what mints with it. */
export async function family(parentOf: Partial<NewKey> = {}, settings = {}) {
  const { tenant } = await newTenant(settings)
  const given = { name: 'server', livemode: true, scopes: ALL, ...parentOf }
  const parent = (await tenant.createKey(given))!
  const ask = (wish: Partial<NewKey>, by = parent) => {
    const scopes: Scope[] = ['images:create']
    const expiresAt = Date.now() + HOUR_MS
    return tenant.mintKey(by.id, { name: 'p', livemode: true, scopes, ...wish, expiresAt })
  }
  const mint = async (bounds: Partial<KeyBounds> = {}, wish: Partial<NewKey> = {}) =>
    made(await ask({ ...wish, ...bounds }))
  const signIn = async ({ key }: CreatedKey) =>
    tenant.authenticate(parseKey(key)!.keyId, await digestOf(parseKey(key)!.secret))
  const used = async (id: string) => (await tenant.readKey(id))!.used
  return { tenant, parent, ask, mint, signIn, used }
}

/** A family of 1,000 living children; `id` is one of them. */
export async function crowded() {
  const all = await family()
  const { id } = await all.mint()
  await runInDurableObject(all.tenant, (_, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 999)
       INSERT INTO key (id, digest, livemode, settings, last4, created_at, expires_at, parent)
       SELECT substr(id, 1, 10) || printf('%06d', n), digest, livemode, settings, last4,
         created_at, expires_at, parent FROM key, more WHERE id = ?`,
      id,
    )
  })
  return { ...all, id }
}
