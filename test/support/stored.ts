import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import queued from '../jobs/fixtures/job-1-queued.sql?raw'
import running from '../jobs/fixtures/job-1-running.sql?raw'
import succeeded from '../jobs/fixtures/job-1-succeeded.sql?raw'
import directory from '../tenants/fixtures/directory-1.sql?raw'
import previousDirectory from '../tenants/fixtures/directory-3.sql?raw'
import tenant from '../tenants/fixtures/tenant-2.sql?raw'
import previous from '../tenants/fixtures/tenant-6.sql?raw'

/** A moment after the rows were written, when the running job's handle is due, ms. */
const WRITTEN_AT = 1_795_669_521_000

/** A tenant as an older gateway left it. Its keys open nothing but these rows. */
export const STORED = {
  tenant: '0zUT7Nf9Jz',
  key: 'dr_live_0zUT7Nf9Jz3I2fSj_OfTbiYC8F1g1G6dE5miNtu33qhIZsu6V39gxb4',
  keyId: '0zUT7Nf9Jz3I2fSj',
  revokedKeyId: '0zUT7Nf9JzFdB25m',
  queued: 'be62d876-dfb9-491b-b1f8-dfe2e96835c7',
  running: '649e2a9f-bdc3-426a-9972-618492e3e8e0',
  succeeded: 'ac7051b1-8e2a-4bfb-b2aa-a754e4e3847e',
}

/** A tenant as the previous version left it: bounded keys, a budget, an open reservation, usage. */
export const PREVIOUS = {
  tenant: '0uc4MY1SEd',
  key: 'dr_live_0uc4MY1SEdheds8s_YkDxQFoqqkN4yak7AWzugrSLQsAgKjcy09sYIS',
  child: 'dr_live_0uc4MY1SEd5R1LFC_vKGJYk5i8Htw3KtrCeRrdjSfuo3HtZ3Z3TTTIK',
  open: '32a953bb-d90d-4dd4-a6e2-b248c92294c3',
  writtenAt: 1795700568098,
}

/** Rows as if they had been written just now: all their times move by their age. */
async function store(stub: DurableObjectStub, rows: string, writtenAt = WRITTEN_AT): Promise<void> {
  const age = Date.now() - writtenAt
  const moved = rows.replaceAll(/\b179\d{10}\b/g, (time) => String(Number(time) + age))
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec(moved)
  })
}

export async function storeTenant(): Promise<void> {
  await store(env.DIRECTORY.getByName('directory'), directory)
  await store(env.TENANTS.getByName(STORED.tenant), tenant)
}

export async function storePrevious(): Promise<void> {
  const stub = env.TENANTS.getByName(PREVIOUS.tenant)
  await store(stub, previous, PREVIOUS.writtenAt)
  // The month began when it began.
  const [year, month] = [new Date().getUTCFullYear(), new Date().getUTCMonth()]
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec('UPDATE spent SET since = ?', Date.UTC(year, month))
  })
}

/** A directory as the previous version left it: a tenant that was renamed, and one that was deleted. */
export const PREVIOUS_DIRECTORY = {
  renamed: '0qRWzUv2fR',
  deleted: '0kLkDqo9nX',
  writtenAt: 1_795_701_230_000,
}

export const storePreviousDirectory = (stub: DurableObjectStub): Promise<void> =>
  store(stub, previousDirectory, PREVIOUS_DIRECTORY.writtenAt)

export async function storeJobs(): Promise<void> {
  await store(env.JOBS.getByName(STORED.queued), queued)
  await store(env.JOBS.getByName(STORED.running), running)
  await store(env.JOBS.getByName(STORED.succeeded), succeeded)
}
