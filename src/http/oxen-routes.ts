import { oxenImages } from '../dialects/oxen-images.ts'
import { oxenQueue } from '../dialects/oxen-queue.ts'
import type { Route } from './context.ts'
import { submit } from './generations.ts'
import { enqueue } from './oxen-enqueue.ts'
import { streamEvents } from './oxen-events.ts'
import { cancelGeneration, listGenerations, readGeneration } from './oxen-generations.ts'
import { listOxenModels, readOxenModel, searchOxenModels } from './oxen-models.ts'
import { DATA_URLS, route } from './route.ts'

const oxen = (
  method: Route['method'],
  path: string,
  access: Route['access'],
  handle: Route['handle'],
  rest: Partial<Route> = {},
): Route => route(method, `/api${path}`, access, handle, { dialect: oxenImages, ...rest })

const images = (path: string): Route =>
  oxen('POST', `/ai/images/${path}`, 'images:create', submit, { body: DATA_URLS })

/** The API of Oxen.ai. */
export const OXEN_ROUTES: readonly Route[] = [
  // The last is what an OpenAI client calls whose base URL is `/api/ai`.
  ...['generate', 'edit', 'generations'].map(images),
  oxen('POST', '/ai/queue', 'images:create', enqueue, { body: DATA_URLS, dialect: oxenQueue }),
  oxen('GET', '/ai/queue', 'jobs:read', listGenerations),
  oxen('GET', '/ai/queue/:id', 'jobs:read', readGeneration),
  oxen('DELETE', '/ai/queue/:id', 'jobs:cancel', cancelGeneration),
  oxen('GET', '/events', 'jobs:read', streamEvents),
  oxen('GET', '/ai/models', 'jobs:read', listOxenModels),
  oxen('GET', '/ai/models/search', 'jobs:read', searchOxenModels),
  oxen('GET', '/ai/models/:id{.+}', 'jobs:read', readOxenModel),
]
