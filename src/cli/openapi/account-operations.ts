import { accepted, file, ok, op, PAGE } from './operation.ts'
import type { Operations } from './operation.ts'

const ENDPOINTS = '/v1/webhook_endpoints'
const one = `${ENDPOINTS}/:id`

const WEBHOOKS: Operations = {
  [`GET ${ENDPOINTS}`]: op(
    'listWebhookEndpoints',
    'Who is told of the end of jobs',
    ok('WebhookEndpoints'),
  ),
  [`POST ${ENDPOINTS}`]: op(
    'createWebhookEndpoint',
    'Have an address told; the secret is shown once',
    ok('WebhookEndpoint'),
    { body: 'WebhookEndpointRequest' },
  ),
  [`GET ${one}`]: op('readWebhookEndpoint', 'One webhook endpoint', ok('WebhookEndpoint')),
  [`POST ${one}`]: op('changeWebhookEndpoint', 'Change what is named', ok('WebhookEndpoint'), {
    body: 'WebhookEndpointChange',
    optional: true,
  }),
  [`DELETE ${one}`]: op('deleteWebhookEndpoint', 'Delete one', ok('Deleted')),
  [`POST ${one}/rotate_secret`]: op(
    'rotateWebhookSecret',
    'Replace the secret; the old one may sign for 24 h more',
    ok('WebhookEndpoint'),
    { body: 'SecretRotation', optional: true },
  ),
  [`POST ${one}/test`]: op('testWebhookEndpoint', 'Send it a test event', ok('WebhookTest'), {
    body: 'WebhookTestRequest',
    optional: true,
  }),
  [`GET ${one}/deliveries`]: op(
    'listWebhookDeliveries',
    'What it was told',
    ok('WebhookDeliveries'),
    { parameters: PAGE },
  ),
  [`POST ${one}/deliveries/:event/redeliver`]: op(
    'redeliverWebhook',
    'Tell it an event once more',
    accepted('WebhookDelivery'),
  ),
}

/** A tenant's own account. */
export const ACCOUNT_OPERATIONS: Operations = {
  'GET /v1/balance': op('readBalance', 'Balance and what is reserved', ok('Balance')),
  'GET /v1/keys': op('listOwnKeys', 'Keys of the tenant', ok('Keys'), { parameters: PAGE }),
  'POST /v1/keys': op('mintKey', 'Make a child of the calling key, shown once', ok('NewKey'), {
    body: 'ChildKeyRequest',
  }),
  'DELETE /v1/keys/:key': op('revokeOwnKey', 'Revoke a key of the tenant', ok('Key')),
  'POST /v1/keys/:key/rotate': op(
    'rotateOwnKey',
    'Replace the calling key or a child of it',
    ok('NewKey'),
    { body: 'KeyRotation', optional: true },
  ),
  'GET /v1/usage': op('readUsage', 'Usage by day, key, model and tag', file('Usage'), {
    parameters: ['From', 'To', 'GroupBy', 'Format', ...PAGE],
  }),
  ...WEBHOOKS,
}
