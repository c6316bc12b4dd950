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

const hookRoute = (method: Route['method'], path: string, handle: Handler): Route =>
  route(method, `/v1/webhook_endpoints${path}`, 'webhooks:admin', handle, {
    body: method === 'POST' ? TEXT : null,
  })

export const WEBHOOK_ROUTES: readonly Route[] = [
  hookRoute('GET', '', listEndpoints),
  hookRoute('POST', '', createEndpoint),
  hookRoute('GET', '/:id', readEndpoint),
  hookRoute('POST', '/:id', changeEndpoint),
  hookRoute('DELETE', '/:id', deleteEndpoint),
  hookRoute('POST', '/:id/rotate_secret', rotateSecret),
  hookRoute('POST', '/:id/test', testEndpoint),
  hookRoute('GET', '/:id/deliveries', listDeliveries),
  hookRoute('POST', '/:id/deliveries/:event/redeliver', redeliver),
]
