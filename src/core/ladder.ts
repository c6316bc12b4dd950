/** How the rows of one kind of object are brought from version to version. */
interface Ladder {
  /** Append-only: step n brings version n to n + 1, version 0 being an empty object. Released ones are never edited. */
  steps: readonly string[]
  /** Null when the object holds no rows; asking writes nothing. */
  versionOf(sql: SqlStorage): number | null
  setVersion(sql: SqlStorage, version: number): void
}

/**
 * Makes rows where there are none, and brings older ones up to date before anything else is done with
 * them, all steps or none. Rows of a newer version stay as they are: old code meets them while a deploy
 * goes round, and their columns were only added to.
 */
export function climb(storage: DurableObjectStorage, ladder: Ladder): void {
  const { steps } = ladder
  const version = ladder.versionOf(storage.sql) ?? 0
  if (version >= steps.length) return
  storage.transactionSync(() => {
    for (const step of steps.slice(version)) storage.sql.exec(step)
    ladder.setVersion(storage.sql, steps.length)
  })
}
