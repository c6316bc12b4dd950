import type { Model, Route, Upstream } from '../core/model.ts'
import type { Deployment } from './deployment.ts'

/** Who will draw. */
export type Choice =
  /** The model's own upstreams, those that can be called. */
  | { kind: 'routes'; routes: Route[] }
  /** `sketch` draws in the model's place; `why` is its reason. */
  | { kind: 'stand_in'; why: string }
  | { kind: 'none'; why: string }

/** Callable routes of a model, else `sketch` where it may stand in. Test keys know `sketch` only. */
export function chooseRoutes(model: Model, livemode: boolean, deployment: Deployment): Choice {
  const callable = model.routes.filter(({ upstream }) => deployment.configured.has(upstream))
  const routes = livemode ? callable : callable.filter(({ upstream }) => upstream === 'sketch')
  if (routes.length > 0) return { kind: 'routes', routes }
  const why = livemode ? whyNot(model, deployment) : 'test key'
  const standsIn = (deployment.demo || !livemode) && deployment.configured.has('sketch')
  return { kind: standsIn ? 'stand_in' : 'none', why }
}

/** Why the model's first route cannot be called. */
function whyNot({ routes }: Model, { upstreams, spoken }: Deployment): string {
  const [first] = routes.toSorted((a, b) => a.priority - b.priority)
  const upstream: Upstream | undefined = first && upstreams.get(first.upstream)
  if (!upstream) return 'it has no upstream'
  return spoken.has(upstream.id)
    ? `${upstream.secret} is not set`
    : `${upstream.id} cannot be called yet`
}

/**
 * Lowest priority number first; among equals in an order drawn from the job's id by weight, the
 * same on every call. Weight 0 comes last.
 */
export function orderRoutes(routes: readonly Route[], jobId: string): Route[] {
  // Exponential race: the first of a group is a route with probability weight / sum of weights.
  const key = ({ upstream, model, weight }: Route): number =>
    -Math.log(fraction(`${jobId} ${upstream}/${model}`)) / weight
  return routes
    .map((route) => ({ route, key: key(route) }))
    .toSorted((a, b) => a.route.priority - b.route.priority || compare(a.key, b.key))
    .map(({ route }) => route)
}

/** Subtraction would make NaN of two infinities. */
const compare = (a: number, b: number): number => {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** A number in (0, 1) that depends on the text alone: FNV-1a, then the finisher of MurmurHash3. */
function fraction(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32
}
