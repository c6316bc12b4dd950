import type { PublicError } from './error.ts'
import type { ImageType, StoredImage } from './image.ts'
import type { EndStatus } from './job-state.ts'
import type { Micros } from './money.ts'
import type { Progress, Usage } from './provider.ts'

/** An unfinished image as it lies in R2. */
export interface PartialImage {
  key: string
  type: ImageType
  bytes: number
}

/** What happened to a job, without bytes. `n` counts its images, `k` the partial images of one of them. */
export type EventBody =
  | { type: 'queued' }
  | { type: 'running' }
  | { type: 'progress'; progress: Progress }
  | { type: 'partial'; n: number; k: number; image: PartialImage }
  | { type: 'image'; n: number; image: StoredImage }
  | EndBody

/** The last row of every job: its end, once it may be told. Images only where they were charged. */
interface EndBody {
  type: EndStatus
  error: PublicError | null
  images: StoredImage[]
  usage: Usage | null
  /** Null = unpriced; missing in rows of older code. */
  charge?: Micros | null
}

/** `seq` counts from 1 without gaps; `at` in ms. */
export type EventRow = { seq: number; at: number } & EventBody

export const isEnd = (row: EventRow): row is EventRow & EndBody => 'images' in row
