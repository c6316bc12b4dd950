import { seconds } from '../core/seconds.ts'
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
    created: seconds(view.endedAt ?? view.createdAt),
    images: view.images.map((image) =>
      delivery.format === 'url' ? { url: links[image.n] } : { b64_json: StoredBytes.base64(image) },
    ),
  }),

  renderError: renderOxenError,
}
