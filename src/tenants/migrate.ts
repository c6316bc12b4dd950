/** Null when the object holds no tables; asking writes nothing. */
function versionOf(sql: SqlStorage): number | null {
  const made = sql.exec(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'`)
  if (made.toArray().length === 0) return null
  return sql.exec<{ version: number }>('SELECT version FROM meta').one().version
}

/** Makes the tables where there are none, and brings older ones up to date. */
export function createTables(storage: DurableObjectStorage, steps: readonly string[]): void {
  const version = versionOf(storage.sql)
  if (version !== null && version >= steps.length) return
  storage.transactionSync(() => {
    for (const step of steps.slice(version ?? 0)) storage.sql.exec(step)
    storage.sql.exec('CREATE TABLE IF NOT EXISTS meta (version INTEGER NOT NULL) STRICT')
    storage.sql.exec('DELETE FROM meta')
    storage.sql.exec('INSERT INTO meta (version) VALUES (?)', steps.length)
  })
}

/** Brings existing tables up to date; false, and nothing written, when there are none. */
export function openTables(storage: DurableObjectStorage, steps: readonly string[]): boolean {
  if (versionOf(storage.sql) === null) return false
  createTables(storage, steps)
  return true
}
