import { openaiEdits, openaiImages } from '../dialects/openai-images.ts'
import * as admin from './admin.ts'
import { readBalance } from './balance.ts'
import type { Route } from './context.ts'
import { readEvents, readWatchLink } from './events.ts'
import { submit } from './generations.ts'
import { readContent, readLink } from './image-routes.ts'
import { readInput } from './input-link.ts'
import { cancelJob, deleteJob, listJobs, readJob } from './jobs.ts'
import * as keys from './keys.ts'
import { readLedger } from './ledger.ts'
import { listModels, readModel } from './model-routes.ts'
import { readPublicKeys, readReceipt } from './receipts.ts'
import { deleteTenant, readTenant } from './tenant-removal.ts'
import { readTenantUsage, readUsage } from './usage.ts'
import { refuseVariations } from './variations.ts'

const MIB = 1024 * 1024
/** Bodies of routes that carry text only. */
const TEXT = { json: MIB, multipart: null }
/** Bodies that may carry images as data URLs, and as files too. */
const DATA_URLS = { json: 32 * MIB, multipart: null }
const FILES = { json: 32 * MIB, multipart: 64 * MIB }

/** A route of the OpenAI dialect that reads no body, unless it says otherwise. */
const route = (row: Omit<Route, 'dialect' | 'body'> & Partial<Route>): Route => ({
  dialect: openaiImages,
  body: null,
  ...row,
})

/** Every route of the gateway: mounted, guarded, capped and described from here. */
export const ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/healthz',
    access: 'open',
    handle: (c) => c.json({ status: 'ok' }),
    operation: { id: 'health', summary: 'Whether the gateway answers' },
  }),
  route({
    method: 'POST',
    path: '/v1/images/generations',
    access: 'images:create',
    body: DATA_URLS,
    handle: submit,
    operation: { id: 'createImage', summary: 'Make images from a prompt' },
  }),
  route({
    method: 'POST',
    path: '/v1/images/edits',
    access: 'images:create',
    body: FILES,
    dialect: openaiEdits,
    handle: submit,
    operation: { id: 'editImage', summary: 'Make images from images and a prompt' },
  }),
  route({
    method: 'POST',
    path: '/v1/images/variations',
    access: 'images:create',
    handle: refuseVariations,
    operation: { id: 'varyImage', summary: 'Not offered: edits do this' },
  }),
  route({
    method: 'GET',
    path: '/v1/images/:id/content',
    access: 'jobs:read',
    handle: readContent,
    operation: { id: 'readImage', summary: 'The bytes of an image' },
  }),
  route({
    method: 'GET',
    path: '/v1/models',
    access: 'jobs:read',
    handle: listModels,
    operation: { id: 'listModels', summary: 'All models with what they can do' },
  }),
  route({
    method: 'GET',
    path: '/v1/models/:id{.+}',
    access: 'jobs:read',
    handle: readModel,
    operation: { id: 'readModel', summary: 'One model' },
  }),
  route({
    method: 'GET',
    path: '/v1/jobs',
    access: 'jobs:read',
    handle: listJobs,
    operation: { id: 'listJobs', summary: 'The newest jobs' },
  }),
  route({
    method: 'GET',
    path: '/v1/jobs/:id',
    access: 'jobs:read',
    handle: readJob,
    operation: { id: 'readJob', summary: 'One job, or its end within ?wait= seconds' },
  }),
  route({
    method: 'GET',
    path: '/v1/jobs/:id/events',
    access: 'jobs:read',
    handle: readEvents,
    operation: { id: 'readEvents', summary: 'What happens to a job, as server-sent events' },
  }),
  route({
    method: 'GET',
    path: '/v1/jobs/:id/receipt',
    access: 'jobs:read',
    handle: readReceipt,
    operation: { id: 'readReceipt', summary: 'What a job delivered and cost, signed' },
  }),
  route({
    method: 'GET',
    path: '/.well-known/jwks.json',
    access: 'open',
    handle: readPublicKeys,
    operation: { id: 'readPublicKeys', summary: 'The keys that receipts are verified with' },
  }),
  route({
    method: 'POST',
    path: '/v1/jobs/:id/cancel',
    access: 'jobs:cancel',
    handle: cancelJob,
    operation: { id: 'cancelJob', summary: 'Cancel a job' },
  }),
  route({
    method: 'DELETE',
    path: '/v1/jobs/:id',
    access: 'jobs:cancel',
    handle: deleteJob,
    operation: { id: 'deleteJob', summary: 'Cancel and remove a job and its images' },
  }),
  route({
    method: 'GET',
    path: '/v1/balance',
    access: 'usage:read',
    handle: readBalance,
    operation: { id: 'readBalance', summary: 'Balance and what is reserved' },
  }),
  route({
    method: 'GET',
    path: '/v1/keys',
    access: 'keys:admin',
    handle: keys.listKeys,
    operation: { id: 'listOwnKeys', summary: 'Keys of the tenant' },
  }),
  route({
    method: 'POST',
    path: '/v1/keys',
    access: 'keys:admin',
    body: TEXT,
    handle: keys.mintKey,
    operation: { id: 'mintKey', summary: 'Make a child of the calling key, shown once' },
  }),
  route({
    method: 'DELETE',
    path: '/v1/keys/:key',
    access: 'keys:admin',
    handle: keys.revokeKey,
    operation: { id: 'revokeOwnKey', summary: 'Revoke a key of the tenant' },
  }),
  route({
    method: 'POST',
    path: '/v1/keys/:key/rotate',
    access: 'keys:admin',
    body: TEXT,
    handle: keys.rotateKey,
    operation: { id: 'rotateOwnKey', summary: 'Replace the calling key or a child of it' },
  }),
  route({
    method: 'GET',
    path: '/v1/usage',
    access: 'usage:read',
    handle: readUsage,
    operation: { id: 'readUsage', summary: 'Usage by day, key, model and tag' },
  }),
  route({
    method: 'GET',
    path: '/i/:tenant/:job/:n',
    access: 'link',
    handle: readLink,
    operation: { id: 'readLink', summary: 'An image by its signed link' },
  }),
  route({
    method: 'GET',
    path: '/in/:tenant/:batch/:k',
    access: 'link',
    handle: readInput,
    operation: { id: 'readInput', summary: 'A staged input image, for the upstream that edits it' },
  }),
  route({
    method: 'GET',
    path: '/watch/:tenant/:job',
    access: 'link',
    handle: readWatchLink,
    operation: { id: 'watchLink', summary: 'The events of a job by its signed link' },
  }),
  route({
    method: 'GET',
    path: '/admin/tenants',
    access: 'admin',
    handle: admin.listTenants,
    operation: { id: 'listTenants', summary: 'Tenants' },
  }),
  route({
    method: 'POST',
    path: '/admin/tenants',
    access: 'admin',
    body: TEXT,
    handle: admin.createTenant,
    operation: { id: 'createTenant', summary: 'Make a tenant' },
  }),
  route({
    method: 'GET',
    path: '/admin/tenants/:id',
    access: 'admin',
    handle: readTenant,
    operation: { id: 'readTenant', summary: 'One tenant' },
  }),
  route({
    method: 'DELETE',
    path: '/admin/tenants/:id',
    access: 'admin',
    handle: deleteTenant,
    operation: { id: 'deleteTenant', summary: 'Delete a tenant with all that is its' },
  }),
  route({
    method: 'GET',
    path: '/admin/tenants/:id/keys',
    access: 'admin',
    handle: admin.listKeys,
    operation: { id: 'listKeys', summary: 'Keys of a tenant' },
  }),
  route({
    method: 'POST',
    path: '/admin/tenants/:id/keys',
    access: 'admin',
    body: TEXT,
    handle: admin.createKey,
    operation: { id: 'createKey', summary: 'Make a key, shown once' },
  }),
  route({
    method: 'DELETE',
    path: '/admin/tenants/:id/keys/:key',
    access: 'admin',
    handle: admin.revokeKey,
    operation: { id: 'revokeKey', summary: 'Revoke a key' },
  }),
  route({
    method: 'POST',
    path: '/admin/tenants/:id/keys/:key/rotate',
    access: 'admin',
    body: TEXT,
    handle: admin.rotateKey,
    operation: { id: 'rotateKey', summary: 'Replace a key, with an overlap' },
  }),
  route({
    method: 'GET',
    path: '/admin/tenants/:id/audit',
    access: 'admin',
    handle: admin.readTenantAudit,
    operation: { id: 'readTenantAudit', summary: 'Who changed a tenant' },
  }),
  route({
    method: 'GET',
    path: '/admin/audit',
    access: 'admin',
    handle: admin.readAudit,
    operation: { id: 'readAudit', summary: 'Tenants that came and went' },
  }),
  route({
    method: 'POST',
    path: '/admin/tenants/:id/credit',
    access: 'admin',
    body: TEXT,
    handle: admin.creditTenant,
    operation: { id: 'creditTenant', summary: 'Add to a balance, once per reference' },
  }),
  route({
    method: 'GET',
    path: '/admin/tenants/:id/ledger',
    access: 'admin',
    handle: readLedger,
    operation: { id: 'readLedger', summary: 'What changed a balance' },
  }),
  route({
    method: 'GET',
    path: '/admin/tenants/:id/usage',
    access: 'admin',
    handle: readTenantUsage,
    operation: { id: 'readTenantUsage', summary: 'Usage of a tenant, with what upstreams took' },
  }),
]
