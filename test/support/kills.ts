/** Where an object dies: at a point by its name, or at the n-th one after the kill before. */
export type Kill = ({ point: string } | { nth: number }) & { side: 'before' | 'after' }

/** A kill that happened. */
export interface Strike {
  point: string
  side: Kill['side']
  /** Steps of the job's parts as they are durable; of a tenant none. */
  steps: string[]
}

/** What a run of the gateway has passed. */
export interface Trace {
  /** In their order. Those of one stretch, where it is not 0, are durable together or not at all. */
  points: { name: string; stretch: number }[]
  strikes: Strike[]
  /** Every job object that was asked to be made. */
  jobs: string[]
}
