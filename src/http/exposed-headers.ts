/** Answer headers that scripts in browsers may read (design.md section 3). */
export const EXPOSED_HEADERS = [
  'x-request-id',
  'x-darkroom-job',
  'x-darkroom-provider',
  'x-darkroom-model',
  'x-darkroom-cost-usd',
  'x-darkroom-cache',
  'x-darkroom-warnings',
  'server-timing',
  'retry-after',
  'x-should-retry',
  'location',
  'preference-applied',
  'idempotency-replayed',
  'content-range',
  'etag',
]
