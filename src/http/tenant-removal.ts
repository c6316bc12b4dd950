import type { Context } from 'hono'
import type { TenantId } from '../core/ids.ts'
import { seconds } from '../core/seconds.ts'
import { callObject } from '../outbound/object-call.ts'
import { DIRECTORY, type Deleted, type Removal } from '../tenants/records.ts'
import { renderTenant, tenantIdOf, unknownTenant } from './admin.ts'
import { answerJson } from './answer.ts'
import { byOf } from './audit.ts'
import type { App, Handler } from './context.ts'

/** `GET /admin/tenants/{id}`: while it is deleted, how far that is, and for a while after, what it was. */
export const readTenant: Handler = async (c) => {
  const id = tenantIdOf(c)
  const found = await callObject(c.env.TENANTS, id, async (stub) => {
    const [tenant, removal] = await Promise.all([stub.read(), stub.removal()])
    return tenant && { tenant, removal }
  })
  if (!found) return answerGone(c, id)
  const shown = renderTenant(found.tenant)
  return answerJson(c, found.removal ? { ...shown, ...renderRemoval(found.removal) } : shown)
}

/** `DELETE /admin/tenants/{id}`: no key is valid any more; all else follows by alarm. Idempotent. */
export const deleteTenant: Handler = async (c) => {
  const id = tenantIdOf(c)
  const by = byOf(c)
  const removal = await callObject(c.env.TENANTS, id, async (stub) => stub.remove(by))
  if (!removal) return answerGone(c, id)
  return answerJson(c, { id, object: 'tenant', status: 'deleting', ...renderRemoval(removal) }, 202)
}

async function answerGone(c: Context<App>, id: TenantId): Promise<Response> {
  const gone = await callObject(c.env.DIRECTORY, DIRECTORY, async (stub) => stub.findGone(id))
  if (!gone) throw unknownTenant()
  return answerJson(c, {
    id,
    object: 'tenant',
    status: 'deleted',
    deleted_at: seconds(gone.deletedAt),
    deleted: renderDeleted(gone.deleted),
  })
}

const renderRemoval = ({ since, deleted, left }: Removal) => ({
  deleting_since: seconds(since),
  deleted: renderDeleted(deleted),
  left,
})

const renderDeleted = ({ otherObjects, ...deleted }: Deleted) => ({
  ...deleted,
  other_objects: otherObjects,
})
