import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { parseJobId } from '../../src/core/ids.ts'

/** All that an object keeps; an object that was never made, or is empty, keeps nothing. */
export const keptBy = (stub: DurableObjectStub) =>
  runInDurableObject(stub, async (_, { storage }) => ({
    tables: storage.sql
      .exec<{ name: string }>('SELECT name FROM sqlite_master')
      .toArray()
      .map(({ name }) => name),
    alarm: await storage.getAlarm(),
  }))

export const NOTHING = { tables: [], alarm: null }

/** The object of a job, by its id in any form. */
export const jobObject = (id: string) => env.JOBS.getByName(parseJobId(id)!)

/** Keys of all that a tenant has in R2. */
export async function storedOf(tenant: string): Promise<string[]> {
  const keys: string[] = []
  for (const kind of ['images', 'partials', 'inputs']) {
    const { objects } = await env.IMAGES_BUCKET.list({ prefix: `${kind}/${tenant}/` })
    keys.push(...objects.map(({ key }) => key))
  }
  return keys
}
