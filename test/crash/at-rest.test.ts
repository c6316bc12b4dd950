import { cpSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, it, onTestFinished } from 'vitest'
import { newJobId } from '../../src/core/ids.ts'
import { isStray, noteNamed, shortId, type Named } from './schedules/at-rest.ts'

const id = newJobId()
const FACTS = JSON.stringify({ v: 1, id, submission: { mask: { r2: 'inputs/t/batch/0.1' } } })
const ROWS = 'CREATE TABLE rows (id INTEGER PRIMARY KEY, json TEXT)'

let state: string
let folder: string
let named: Named
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'darkroom-at-rest-'))
  folder = join(state, 'do/darkroom-Job')
  await mkdir(folder, { recursive: true })
  named = { keys: new Set(), jobs: new Set() }
  onTestFinished(() => rm(state, { recursive: true }))
})

/** The object's database as a job wrote it. */
function write(name: string): DatabaseSync {
  const database = new DatabaseSync(join(folder, name))
  database.exec(ROWS)
  database.prepare('INSERT INTO rows VALUES (0, ?), (1, ?)').run('1', FACTS)
  return database
}

describe('what a crash run counts as an input that nobody names', () => {
  it('is no input of a job, copied for another of its group or read from a URL', async ({
    expect,
  }) => {
    write('a.sqlite').close()
    new DatabaseSync(join(folder, 'gone.sqlite')).close()
    await noteNamed(state, named, false)
    const keys = [
      'inputs/t/batch/0.1',
      `inputs/t/${shortId(id)}/0`,
      'images/t/j/0',
      'inputs/t/batch/0',
    ]
    expect(keys.map((key) => isStray(key, named))).toEqual([false, false, false, true])
  })

  it('is no input of a job that was killed in the middle of a write', async ({ expect }) => {
    const database = write('a.sqlite')
    // What does not fit is written before the end of the transaction; the journal takes it back.
    database.exec('PRAGMA cache_size = 1; BEGIN')
    const insert = database.prepare('INSERT INTO rows VALUES (?, ?)')
    for (let n = 2; n < 100; n++) insert.run(n, 'x'.repeat(3000))
    const killed = join(state, 'killed')
    cpSync(join(state, 'do'), join(killed, 'do'), { recursive: true })
    database.close()
    await expect(noteNamed(killed, named, false)).rejects.toThrow('readonly')
    await noteNamed(killed, named, true)
    expect(isStray('inputs/t/batch/0.1', named)).toBe(false)
  })

  it('is not guessed where a job cannot be read', async ({ expect }) => {
    await writeFile(
      join(folder, 'a.sqlite'),
      'not a database, and longer than its header would be'.repeat(9),
    )
    await expect(noteNamed(state, named, true)).rejects.toThrow('not a database')
  })
})
