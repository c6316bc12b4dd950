import type { Micros } from './money.ts'
import type { Price } from './price.ts'
import type { GenerationRequest, Warning } from './request.ts'

/** One route of a plan, checked against the model's capabilities. */
export interface PlanRoute {
  upstream: string
  provider: string
  /** The upstream's own name of the model. */
  model: string
  /** Where its API begins, without trailing slash; empty for an embedded one. */
  baseUrl: string
  /** Name of the variable that holds the credential; null = none is sent. The secret itself is never kept. */
  secret: string | null
  /** Longest one call may take, ms. */
  timeoutMs: number
  /** A lost call may always be repeated (see `Upstream`). */
  repeatable: boolean
  /** Text drawn into images that stand in for another model; null = none. */
  stamp: string | null
  /** What the parameter policy changed for this route, laid over the request. */
  overrides: Partial<GenerationRequest>
}

/** How a request will be done: routes in order with the worst-case price. Made at submission, kept with the job. */
export interface Plan {
  /** Public name of the model that answers, after aliases. */
  model: string
  routes: PlanRoute[]
  /** Images of each upstream call; more than one call where the count is above the model's maximum. */
  parts: number[]
  /** Null = unpriced. */
  price: Price | null
  /** Most that one image can have. Missing in rows older than this field. */
  pixels?: number
  warnings: Warning[]
  usualSeconds: number
}

/** Images asked for. */
export const imagesOf = ({ parts }: Plan): number => parts.reduce((sum, count) => sum + count, 0)

/** Most that so many jobs of this plan can charge, each of which is rounded up by itself; null = unpriced. */
export const worstPrice = ({ price }: Plan, jobs = 1): Micros | null =>
  price && price.reserved * jobs
