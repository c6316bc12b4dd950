import { isEnd, type EventRow } from '../core/event.ts'
import { showJobId } from '../core/ids.ts'
import type { Frame, ShownJob } from './dialect.ts'
import { renderError, renderImage, renderProgress } from './native-job.ts'

/**
 * One event of a job of any dialect: links, never bytes. `at` is unix seconds, to the millisecond.
 *
 * @param partialLink signed link of the row's partial image; null for other rows.
 */
export const renderEvent = (row: EventRow, job: ShownJob, partialLink: string | null): Frame => ({
  event: row.type,
  id: String(row.seq),
  data: {
    type: row.type,
    job: showJobId(job.view.id),
    at: row.at / 1000,
    ...tell(row, job, partialLink),
  },
  ifGone: null,
})

function tell(row: EventRow, { links }: ShownJob, partialLink: string | null): object {
  if (isEnd(row))
    return {
      data: row.images.map((image) => renderImage(image, links)),
      error: row.error && renderError(row.error),
    }
  switch (row.type) {
    case 'partial':
      return {
        n: row.n,
        k: row.k,
        url: partialLink,
        content_type: row.image.type,
        bytes: row.image.bytes,
      }
    case 'image':
      return { n: row.n, ...renderImage(row.image, links) }
    case 'progress':
      return { progress: renderProgress(row.progress) }
    default:
      return {}
  }
}
