import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Where a gateway process keeps its job objects, below its folder. */
const JOBS = 'do/darkroom-Job'
const ALARMS = 'metadata.sqlite'
const TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '_cf%'"

/** Names of the job objects of a gateway that hold rows or an alarm: also of those that nobody was told of. */
export async function jobsAtRest(state: string): Promise<string[]> {
  const folder = join(state, JOBS)
  const files = await readdir(folder)
  const objects = files.filter((file) => file.endsWith('.sqlite') && file !== ALARMS)
  const alarms = namesIn(
    join(folder, ALARMS),
    'SELECT coalesce(actor_name, actor_id) AS name FROM _cf_ALARM',
  )
  return [...alarms, ...objects.filter((file) => namesIn(join(folder, file), TABLES).length > 0)]
}

/** R2 keys of the inputs that some job names. */
export async function namedInputs(state: string): Promise<Set<string>> {
  const folder = join(state, JOBS)
  const files = await readdir(folder)
  const rows = files
    .filter((file) => file.endsWith('.sqlite') && file !== ALARMS)
    .map((file) => join(folder, file))
    .flatMap(rowsIn)
  return new Set(rows.flatMap((json) => json.match(/inputs(\/\w+)+/g) ?? []))
}

/** None of a job that is not there, goes at this moment, or was killed in the middle of a write. */
function rowsIn(file: string): string[] {
  try {
    return namesIn(file, 'SELECT json AS name FROM rows')
  } catch (caught) {
    if (caught instanceof Error && 'errcode' in caught) return []
    throw caught
  }
}

/** Waited for where the gateway has locked a database, ms. */
const timeout = 1000

function namesIn(file: string, query: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true, timeout })
  try {
    return database
      .prepare(query)
      .all()
      .map(({ name }) => String(name))
  } finally {
    database.close()
  }
}
