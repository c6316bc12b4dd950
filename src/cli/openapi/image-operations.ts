import { accepted, ASKED, events, image, ok, op, PAGE, streamed, tagged } from './operation.ts'
import type { Operations } from './operation.ts'

const LINK = ['Expiry', 'KeyName'] as const
const pending = { ...image, ...accepted('PendingImage') }

/** Images, responses, jobs and links. */
export const IMAGE_OPERATIONS: Operations = {
  'GET /healthz': op('health', 'Whether the gateway answers', ok('Health')),
  'POST /v1/images/generations': op(
    'createImage',
    'Make images from a prompt',
    streamed('Images'),
    { body: 'ImageRequest', parameters: ASKED },
  ),
  'POST /v1/images/edits': op(
    'editImage',
    'Make images from images and a prompt',
    streamed('Images'),
    { body: 'ImageEditRequest', form: 'ImageEditForm', parameters: ASKED },
  ),
  'POST /v1/images/variations': op('varyImage', 'Not offered: edits do this', {}),
  'GET /v1/images/:id/content': op('readImage', 'The bytes of an image', pending, {
    parameters: ['Wait'],
  }),
  'GET /v1/models': op('listModels', 'All models with what they can do', tagged('Models')),
  'GET /v1/models/:id{.+}': op('readModel', 'One model', ok('Model')),
  'GET /v1/jobs': op('listJobs', 'The newest jobs', ok('Jobs'), {
    parameters: ['Status', 'JobModel', ...PAGE],
  }),
  'GET /v1/jobs/:id': op('readJob', 'One job, or its end within ?wait= seconds', ok('Job'), {
    parameters: ['Wait'],
  }),
  'GET /v1/jobs/:id/events': op(
    'readEvents',
    'What happens to a job, as server-sent events',
    events,
    { parameters: ['LastEventId', 'AfterEvent'] },
  ),
  'GET /v1/jobs/:id/receipt': op('readReceipt', 'What a job delivered and cost, signed', {
    200: { 'application/json': ['Receipt'], 'application/jose': null },
  }),
  'GET /.well-known/jwks.json': op(
    'readPublicKeys',
    'The keys that receipts are verified with',
    ok('PublicKeys'),
  ),
  'POST /v1/jobs/:id/cancel': op('cancelJob', 'Cancel a job', ok('Job')),
  'DELETE /v1/jobs/:id': op('deleteJob', 'Cancel and remove a job and its images', ok('Deleted')),
  'GET /i/:tenant/:job/:n': op('readLink', 'An image by its signed link', pending, {
    parameters: [...LINK, 'Wait', 'Download'],
  }),
  'GET /in/:tenant/:batch/:k': op(
    'readInput',
    'A staged input image, for the upstream that edits it',
    image,
    { parameters: [...LINK] },
  ),
  'GET /watch/:tenant/:job': op('watchLink', 'The events of a job by its signed link', events, {
    parameters: [...LINK, 'LastEventId', 'AfterEvent'],
  }),
  'POST /v1/responses': op(
    'createResponse',
    'Make images as a response of OpenAI or Modular MAX',
    streamed('Response'),
    { body: 'ResponseRequest', parameters: ASKED },
  ),
  'GET /v1/responses/:id': op(
    'readResponse',
    'One response, or its events',
    { 200: { 'application/json': ['Response'], 'text/event-stream': null } },
    { parameters: ['Stream', 'StartingAfter'] },
  ),
  'DELETE /v1/responses/:id': op('deleteResponse', 'Cancel and remove a response', ok('Deleted')),
  'POST /v1/responses/:id/cancel': op(
    'cancelResponse',
    'Cancel a background response',
    ok('Response'),
  ),
  'GET /v1/responses/:id/input_items': op(
    'listInputItems',
    'What a response was made from',
    ok('InputItems'),
    { parameters: [...PAGE, 'Order'] },
  ),
}
