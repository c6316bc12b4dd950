import type { Handler, Route } from './context.ts'
import { listDeliveries, redeliver, testEndpoint } from './webhook-deliveries.ts'
import { route, TEXT } from './route.ts'
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  listEndpoints,
  readEndpoint,
  rotateSecret,
} from './webhook-endpoints.ts'

const hookRoute = (
  method: Route['method'],
  path: string,
  handle: Handler,
  id: string,
  summary: string,
): Route =>
  route({
    method,
    path: `/v1/webhook_endpoints${path}`,
    access: 'webhooks:admin',
    body: method === 'POST' ? TEXT : null,
    handle,
    operation: { id, summary },
  })

export const WEBHOOK_ROUTES: readonly Route[] = [
  hookRoute('GET', '', listEndpoints, 'listWebhookEndpoints', 'Who is told of the end of jobs'),
  hookRoute(
    'POST',
    '',
    createEndpoint,
    'createWebhookEndpoint',
    'Make one; its secret is shown once',
  ),
  hookRoute('GET', '/:id', readEndpoint, 'readWebhookEndpoint', 'One webhook endpoint'),
  hookRoute('POST', '/:id', changeEndpoint, 'changeWebhookEndpoint', 'Change what is named'),
  hookRoute('DELETE', '/:id', deleteEndpoint, 'deleteWebhookEndpoint', 'Delete one'),
  hookRoute(
    'POST',
    '/:id/rotate_secret',
    rotateSecret,
    'rotateWebhookSecret',
    'Replace its secret',
  ),
  hookRoute('POST', '/:id/test', testEndpoint, 'testWebhookEndpoint', 'Send it a test event'),
  hookRoute('GET', '/:id/deliveries', listDeliveries, 'listWebhookDeliveries', 'What it was told'),
  hookRoute(
    'POST',
    '/:id/deliveries/:event/redeliver',
    redeliver,
    'redeliverWebhook',
    'Deliver an event again',
  ),
]
