import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { toBase32 } from '../../../src/core/base32.ts'

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

/** What jobs name: R2 keys of inputs, and their own short ids, below which inputs by URL lie. */
export interface Named {
  keys: Set<string>
  jobs: Set<string>
}

/**
 * Adds what the jobs at rest name.
 *
 * @param isDead nobody holds the files: those that a kill left in the middle of a write are mended first
 */
export async function noteNamed(state: string, named: Named, isDead: boolean): Promise<void> {
  const folder = join(state, JOBS)
  const files = await readdir(folder)
  for (const file of files.filter((name) => name.endsWith('.sqlite') && name !== ALARMS))
    for (const json of await rowsIn(join(folder, file), isDead)) {
      for (const [key] of json.matchAll(/inputs(\/[\w.]+)+/g)) named.keys.add(key)
      const row = JSON.parse(json) as { id: string; submission?: object } | number
      if (typeof row === 'object' && row.submission) named.jobs.add(shortId(row.id))
    }
}

/** As the gateway shows it. */
export const shortId = (id: string): string => toBase32(Buffer.from(id.replaceAll('-', ''), 'hex'))

/** No job names this input: its request was killed before there was one. */
export const isStray = (key: string, { keys, jobs }: Named): boolean =>
  key.startsWith('inputs/') && !keys.has(key) && !jobs.has(key.split('/')[2]!)

/** Between two tries to open a database whose other files the gateway removes at this moment, ms; and how many. */
const PAUSE_MS = 100
const TRIES = 10

/** None of a job that is not there, or goes at this moment. */
async function rowsIn(file: string, isDead: boolean): Promise<string[]> {
  for (let tries = 1; ; tries++) {
    try {
      return namesIn(file, 'SELECT json AS name FROM rows', !isDead)
    } catch (caught) {
      const words = String(caught)
      if (words.includes('no such table: rows') || !existsSync(file)) return []
      if (tries === TRIES || !words.includes('unable to open database file')) throw caught
    }
    await sleep(PAUSE_MS)
  }
}

/** Waited for where the gateway has locked a database, ms. */
const timeout = 1000

function namesIn(file: string, query: string, readOnly = true): string[] {
  const database = new DatabaseSync(file, { readOnly, timeout })
  try {
    return database
      .prepare(query)
      .all()
      .map(({ name }) => String(name))
  } finally {
    database.close()
  }
}
