import { openaiEdits } from '../dialects/openai-images.ts'
import { readEvents, readWatchLink } from './events.ts'
import { submit } from './generations.ts'
import { readContent, readLink } from './image-routes.ts'
import { readInput } from './input-link.ts'
import { cancelJob, deleteJob, listJobs, readJob } from './jobs.ts'
import { listModels, readModel } from './model-routes.ts'
import { readPublicKeys, readReceipt } from './receipts.ts'
import { RESPONSES_ROUTES } from './responses-routes.ts'
import { refuseVariations } from './variations.ts'
import type { Route } from './context.ts'
import { DATA_URLS, FILES, route } from './route.ts'
import { ACCOUNT_ROUTES } from './account-routes.ts'
import { ADMIN_ROUTES } from './admin-routes.ts'
import { AIML_ROUTES } from './aiml-routes.ts'
import { MODELMAX_ROUTES } from './modelmax-routes.ts'
import { OXEN_ROUTES } from './oxen-routes.ts'
import { WEBHOOK_ROUTES } from './webhook-routes.ts'

/** Every route of the gateway: mounted, guarded, capped and described from here. */
export const ROUTES: readonly Route[] = [
  route('GET', '/healthz', 'open', (c) => c.json({ status: 'ok' })),
  route('POST', '/v1/images/generations', 'images:create', submit, { body: DATA_URLS }),
  route('POST', '/v1/images/edits', 'images:create', submit, { body: FILES, dialect: openaiEdits }),
  route('POST', '/v1/images/variations', 'images:create', refuseVariations),
  route('GET', '/v1/images/:id/content', 'jobs:read', readContent),
  route('GET', '/v1/models', 'jobs:read', listModels),
  route('GET', '/v1/models/:id{.+}', 'jobs:read', readModel),
  route('GET', '/v1/jobs', 'jobs:read', listJobs),
  route('GET', '/v1/jobs/:id', 'jobs:read', readJob),
  route('GET', '/v1/jobs/:id/events', 'jobs:read', readEvents),
  route('GET', '/v1/jobs/:id/receipt', 'jobs:read', readReceipt),
  route('GET', '/.well-known/jwks.json', 'open', readPublicKeys),
  route('POST', '/v1/jobs/:id/cancel', 'jobs:cancel', cancelJob),
  route('DELETE', '/v1/jobs/:id', 'jobs:cancel', deleteJob),
  route('GET', '/i/:tenant/:job/:n', 'link', readLink),
  route('GET', '/in/:tenant/:batch/:k', 'link', readInput),
  route('GET', '/watch/:tenant/:job', 'link', readWatchLink),
  ...OXEN_ROUTES,
  ...RESPONSES_ROUTES,
  ...ACCOUNT_ROUTES,
  ...AIML_ROUTES,
  ...MODELMAX_ROUTES,
  ...WEBHOOK_ROUTES,
  ...ADMIN_ROUTES,
]
