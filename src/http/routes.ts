import { openaiEdits } from '../dialects/openai-images.ts'
import { readEvents, readWatchLink } from './events.ts'
import { submit } from './generations.ts'
import { readContent, readLink } from './image-routes.ts'
import { readInput } from './input-link.ts'
import { cancelJob, deleteJob, listJobs, readJob } from './jobs.ts'
import { listModels, readModel } from './model-routes.ts'
import { readPublicKeys, readReceipt } from './receipts.ts'
import { refuseVariations } from './variations.ts'
import type { Route } from './context.ts'
import { DATA_URLS, FILES, route } from './route.ts'
import { ACCOUNT_ROUTES } from './account-routes.ts'
import { ADMIN_ROUTES } from './admin-routes.ts'
import { WEBHOOK_ROUTES } from './webhook-routes.ts'

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
  ...ACCOUNT_ROUTES,
  ...WEBHOOK_ROUTES,
  ...ADMIN_ROUTES,
]
