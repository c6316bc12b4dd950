import { climb } from '../core/ladder.ts'

/** Row that holds the version of the others. */
const VERSION = 0

/**
 * Migration steps of the job object. One table holds all of a job, so that a fresh object costs one
 * statement and a step rewrites one page. Later steps change its JSON, and must do nothing on no rows.
 */
export const JOB_STEPS: readonly string[] = [
  'CREATE TABLE rows(id INTEGER PRIMARY KEY, json TEXT NOT NULL)',
]

export const hasRows = (sql: SqlStorage): boolean =>
  sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'rows'").toArray().length >
  0

const versionOf = (sql: SqlStorage): number | null =>
  hasRows(sql)
    ? Number(sql.exec<{ json: string }>('SELECT json FROM rows WHERE id = ?', VERSION).one().json)
    : null

function setVersion(sql: SqlStorage, version: number): void {
  sql.exec('INSERT OR REPLACE INTO rows VALUES (?, ?)', VERSION, String(version))
}

/** Brings a job's rows up to date; nothing is written where there are none. */
export function openRows(storage: DurableObjectStorage, steps = JOB_STEPS): void {
  if (hasRows(storage.sql)) climb(storage, { steps, versionOf, setVersion })
}
