import { StoredBytes } from '../core/stored-bytes.ts'
import type { Dialect } from './dialect.ts'
import { readOxen } from './oxen-body.ts'
import { renderOxenError } from './oxen-errors.ts'

/** Oxen.ai `POST /api/ai/images/generate` and `/edit`: whether there are images decides, not the path. */
export const oxenImages: Dialect = {
  name: 'oxen',

  parse: readOxen,

  render: ({ view, links }, { request, delivery }) => ({
    model: request.model,
    created: Math.floor((view.endedAt ?? view.createdAt) / 1000),
    images: view.images.map(({ n, key, bytes, type }) =>
      delivery.format === 'url'
        ? { url: links[n] }
        : { b64_json: new StoredBytes(key, bytes, 'base64', type) },
    ),
  }),

  renderError: renderOxenError,
}
