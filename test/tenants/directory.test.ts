import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, it, vi } from 'vitest'
import { createTables, openTables } from '../../src/tenants/migrate.ts'
import { DAY_MS, newTenant } from './tenant.ts'

afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

const directory = () => env.DIRECTORY.getByName('directory')

describe('the directory', () => {
  it('lists tenants page by page, newest first', async ({ expect }) => {
    const [a, b, c] = ['a', 'b', 'c'].map((id, at) => ({
      id,
      name: `name ${id}`,
      createdAt: at,
      deletedAt: null,
    }))
    for (const entry of [a!, b!, c!]) await directory().add(entry)
    expect(await directory().list({ limit: 2 })).toEqual({ data: [c, b], hasMore: true })
    expect(await directory().list({ limit: 2, after: 'b' })).toEqual({ data: [a], hasMore: false })
    expect(await directory().list({ limit: 2, after: 'unknown' })).toBeNull()
  })

  it('holds each tenant once, under its newest name', async ({ expect }) => {
    await directory().add({ id: 'a', name: 'Ada', createdAt: 1 })
    await directory().add({ id: 'b', name: 'Bob', createdAt: 2 })
    await directory().add({ id: 'a', name: 'Ada Lovelace', createdAt: 3 })
    expect((await directory().list({ limit: 10 }))!.data).toEqual([
      { id: 'b', name: 'Bob', createdAt: 2, deletedAt: null },
      { id: 'a', name: 'Ada Lovelace', createdAt: 1, deletedAt: null },
    ])
  })

  it('remembers a deleted tenant for 30 days, as it was told first', async ({ expect }) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const [ada, bob] = ['a', 'b'].map((id) => ({ id, name: `name ${id}`, createdAt: 1 }))
    const gone = {
      deletedAt: Date.now(),
      deleted: { jobs: 2, images: 3, bytes: 4, otherObjects: 0 },
    }
    await directory().add(ada!)
    await directory().bury(ada!, gone)
    await directory().bury(ada!, { ...gone, deletedAt: 7 })
    expect(await directory().findGone('a')).toEqual(gone)
    expect((await directory().list({ limit: 10 }))!.data).toMatchObject(
      [gone.deletedAt].map((deletedAt) => ({ id: 'a', deletedAt })),
    )
    vi.setSystemTime(Date.now() + 15 * DAY_MS)
    await directory().bury(bob!, { ...gone, deletedAt: Date.now() })
    vi.setSystemTime(Date.now() + 15 * DAY_MS)
    await runDurableObjectAlarm(directory())
    expect(await directory().findGone('a')).toBeNull()
    expect((await directory().list({ limit: 10 }))!.data).toMatchObject([{ id: 'b' }])
    vi.setSystemTime(Date.now() + 15 * DAY_MS)
    await runDurableObjectAlarm(directory())
    expect(await directory().list({ limit: 10 })).toEqual({ data: [], hasMore: false })
  })

  it('that nobody was added to is empty and stores nothing', async ({ expect }) => {
    expect(await directory().list({ limit: 10 })).toEqual({ data: [], hasMore: false })
    expect(await directory().findGone('a')).toBeNull()
    const tables = await runInDurableObject(directory(), (_, { storage }) =>
      storage.sql.exec('SELECT * FROM sqlite_master').toArray(),
    )
    expect(tables).toEqual([])
  })
})

describe('rows at rest', () => {
  const first = "CREATE TABLE animal (name TEXT); INSERT INTO animal VALUES ('cat')"
  const second = 'ALTER TABLE animal ADD COLUMN legs INTEGER; UPDATE animal SET legs = 4'

  it('of an older release are brought up to date, each step once', async ({ expect }) => {
    const rows = await runInDurableObject(directory(), (_, { storage }) => {
      createTables(storage, [first])
      for (let opened = 0; opened < 3; opened++) openTables(storage, [first, second])
      // Older code that meets newer rows leaves them as they are.
      openTables(storage, [first])
      return storage.sql.exec('SELECT * FROM animal, meta').toArray()
    })
    expect(rows).toEqual([{ name: 'cat', legs: 4, version: 2 }])
  })

  it('stay as they were when a step breaks', async ({ expect }) => {
    const left = await runInDurableObject(directory(), (_, { storage }) => {
      createTables(storage, [first])
      expect(() => openTables(storage, [first, second, 'SELECT * FROM nowhere'])).toThrow('nowhere')
      return storage.sql.exec('SELECT * FROM animal, meta').toArray()
    })
    expect(left).toEqual([{ name: 'cat', version: 1 }])
  })

  it('refuse amounts that would break the laws of money', async ({ expect }) => {
    const { tenant } = await newTenant({ balance: 100 })
    await runInDurableObject(tenant, (_, { storage }) => {
      for (const change of ['reserved = 101', 'reserved = -1', 'balance = -1', 'balance = 0.5'])
        expect(() => storage.sql.exec(`UPDATE tenant SET ${change}`)).toThrow(
          /constraint|cannot store/,
        )
    })
  })
})
