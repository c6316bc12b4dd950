import { openaiImages } from '../dialects/openai-images.ts'
import * as admin from './admin.ts'
import { readBalance } from './balance.ts'
import type { Route } from './context.ts'
import { submit } from './generations.ts'
import { readContent, readLink } from './image-routes.ts'
import { cancelJob, deleteJob, listJobs, readJob } from './jobs.ts'
import { listModels, readModel } from './model-routes.ts'

/** Cap of routes that carry text only, bytes. */
const TEXT_BYTES = 1024 * 1024

type Row = [
  method: Route['method'],
  path: string,
  access: Route['access'],
  bodyBytes: number | null,
  handle: Route['handle'],
  id: string,
  summary: string,
]

/** Every route of the gateway: mounted, guarded, capped and described from here. */
const ROWS: Row[] = [
  [
    'GET',
    '/healthz',
    'open',
    null,
    (c) => c.json({ status: 'ok' }),
    'health',
    'Whether the gateway answers',
  ],
  [
    'POST',
    '/v1/images/generations',
    'images:create',
    TEXT_BYTES,
    submit,
    'createImage',
    'Make images from a prompt',
  ],
  [
    'GET',
    '/v1/images/:id/content',
    'jobs:read',
    null,
    readContent,
    'readImage',
    'The bytes of an image',
  ],
  [
    'GET',
    '/v1/models',
    'jobs:read',
    null,
    listModels,
    'listModels',
    'All models with what they can do',
  ],
  ['GET', '/v1/models/:id{.+}', 'jobs:read', null, readModel, 'readModel', 'One model'],
  ['GET', '/v1/jobs', 'jobs:read', null, listJobs, 'listJobs', 'The newest jobs'],
  [
    'GET',
    '/v1/jobs/:id',
    'jobs:read',
    null,
    readJob,
    'readJob',
    'One job, or its end within ?wait= seconds',
  ],
  ['POST', '/v1/jobs/:id/cancel', 'jobs:cancel', null, cancelJob, 'cancelJob', 'Cancel a job'],
  [
    'DELETE',
    '/v1/jobs/:id',
    'jobs:cancel',
    null,
    deleteJob,
    'deleteJob',
    'Cancel and remove a job and its images',
  ],
  [
    'GET',
    '/v1/balance',
    'usage:read',
    null,
    readBalance,
    'readBalance',
    'Balance and what is reserved',
  ],
  ['GET', '/i/:tenant/:job/:n', 'link', null, readLink, 'readLink', 'An image by its signed link'],
  ['GET', '/admin/tenants', 'admin', null, admin.listTenants, 'listTenants', 'Tenants'],
  [
    'POST',
    '/admin/tenants',
    'admin',
    TEXT_BYTES,
    admin.createTenant,
    'createTenant',
    'Make a tenant',
  ],
  ['GET', '/admin/tenants/:id', 'admin', null, admin.readTenant, 'readTenant', 'One tenant'],
  ['GET', '/admin/tenants/:id/keys', 'admin', null, admin.listKeys, 'listKeys', 'Keys of a tenant'],
  [
    'POST',
    '/admin/tenants/:id/keys',
    'admin',
    TEXT_BYTES,
    admin.createKey,
    'createKey',
    'Make a key, shown once',
  ],
  [
    'DELETE',
    '/admin/tenants/:id/keys/:key',
    'admin',
    null,
    admin.revokeKey,
    'revokeKey',
    'Revoke a key',
  ],
  [
    'POST',
    '/admin/tenants/:id/credit',
    'admin',
    TEXT_BYTES,
    admin.creditTenant,
    'creditTenant',
    'Add to a balance, once per reference',
  ],
  [
    'GET',
    '/admin/tenants/:id/ledger',
    'admin',
    null,
    admin.readLedger,
    'readLedger',
    'What changed a balance',
  ],
]

export const ROUTES: readonly Route[] = ROWS.map(
  ([method, path, access, bodyBytes, handle, id, summary]) => ({
    method,
    path,
    access,
    bodyBytes,
    dialect: openaiImages,
    handle,
    operation: { id, summary },
  }),
)
