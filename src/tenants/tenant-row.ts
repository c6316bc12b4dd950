import type { Balance } from '../core/tenant.ts'
import {
  NO_LIMITS,
  type NewTenant,
  type TenantChange,
  type TenantRecord,
  type TenantSettings,
} from './records.ts'
import { settingsText } from './settings.ts'

/** Settings that a new tenant need not name. */
const DEFAULTS: Omit<TenantSettings, 'name'> = {
  status: 'active',
  limits: NO_LIMITS,
  models: null,
  retentionSeconds: null,
  responseFormat: null,
  multiplier: 1,
  usageTags: [],
  region: null,
}

type Row = {
  id: string
  created_at: number
  balance: number | null
  reserved: number
  settings: string
  removal: string | null
}

export function readTenant(sql: SqlStorage): TenantRecord | null {
  const [row] = sql.exec<Row>('SELECT * FROM tenant').toArray()
  if (!row) return null
  const { settings } = JSON.parse(row.settings) as { settings: TenantSettings }
  const { id, created_at: createdAt, balance, reserved } = row
  // Whatever is set: no key of a tenant that is being deleted is valid any more.
  const status = row.removal === null ? settings.status : 'deleting'
  return { ...DEFAULTS, ...settings, id, createdAt, balance, reserved, status }
}

export function insertTenant(sql: SqlStorage, made: NewTenant, now: number): void {
  const { id, balance, ...settings } = made
  const text = settingsText({ ...DEFAULTS, name: made.name }, settings)
  sql.exec(
    'INSERT INTO tenant (id, created_at, balance, settings) VALUES (?, ?, ?, ?)',
    id,
    now,
    balance,
    text,
  )
}

export function changeTenant(sql: SqlStorage, change: TenantChange): void {
  const tenant = readTenant(sql)
  if (!tenant) return
  const { id: _id, createdAt: _at, balance: _balance, reserved: _reserved, ...rest } = tenant
  const { status, ...settings } = rest
  if (status !== 'deleting')
    sql.exec('UPDATE tenant SET settings = ?', settingsText({ ...settings, status }, change))
}

export const readBalance = (sql: SqlStorage): Balance | null =>
  sql
    .exec<Balance & Record<string, SqlStorageValue>>('SELECT balance, reserved FROM tenant')
    .toArray()[0] ?? null
