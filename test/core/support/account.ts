import { accountOf } from '../../../src/core/charge.ts'
import type { Attempt } from '../../../src/core/job-state.ts'
import type { Account, Price } from '../../../src/core/price.ts'
import type { Usage } from '../../../src/core/provider.ts'
import type { Size } from '../../../src/core/size.ts'
import { makeImage, START } from './job.ts'

/** One upstream call of a job that has ended. */
export interface Call {
  asked: number
  /** Images in the upstream's answer; null = it did not answer. */
  answered: number | null
  usage: Usage | null
  /** Sizes of the images that were stored. */
  stored: Size[]
}

/** What a job costs after these calls. */
export function accountAfter(price: Price | null, calls: Call[]): Account {
  let first = 0
  const parts = calls.map(({ asked, stored }, n) => {
    const step = stored.length > 0 ? ('done' as const) : ('failed' as const)
    const part = {
      first,
      count: asked,
      step,
      due: START,
      route: 0,
      attempt: n,
      tries: 1,
      resubmits: 0,
      error: null,
    }
    first += asked
    return part
  })
  const attempts = calls.map(({ answered, usage, stored }, n): Attempt => ({
    n,
    part: n,
    route: 0,
    startedAt: START,
    answeredAt: answered === null ? null : START,
    endedAt: START,
    outcome: stored.length > 0 ? 'succeeded' : 'failed',
    status: 200,
    upstreamRequestId: null,
    handle: null,
    urls: null,
    told: answered === null ? null : { images: answered, usage },
  }))
  const images = calls.flatMap(({ stored }, part) =>
    stored.map((size, i) => ({ ...makeImage(parts[part]!.first + i), ...size })),
  )
  return accountOf({ parts, attempts, images }, price, images.length > 0)
}
