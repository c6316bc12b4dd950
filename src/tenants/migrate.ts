import { climb } from '../core/ladder.ts'

function versionOf(sql: SqlStorage): number | null {
  const made = sql.exec(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'`)
  if (made.toArray().length === 0) return null
  return sql.exec<{ version: number }>('SELECT version FROM meta').one().version
}

function setVersion(sql: SqlStorage, version: number): void {
  sql.exec('CREATE TABLE IF NOT EXISTS meta (version INTEGER NOT NULL) STRICT')
  sql.exec('DELETE FROM meta')
  sql.exec('INSERT INTO meta (version) VALUES (?)', version)
}

/** Makes the tables where there are none, and brings older ones up to date. */
export function createTables(storage: DurableObjectStorage, steps: readonly string[]): void {
  climb(storage, { steps, versionOf, setVersion })
}

/** Brings existing tables up to date; false, and nothing written, when there are none. */
export function openTables(storage: DurableObjectStorage, steps: readonly string[]): boolean {
  if (versionOf(storage.sql) === null) return false
  createTables(storage, steps)
  return true
}
