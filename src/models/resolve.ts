import { errors } from '../core/error.ts'
import type { PublicError } from '../core/error.ts'
import type { Model, Route } from '../core/model.ts'
import { toUsd } from '../core/money.ts'
import type { Micros } from '../core/money.ts'
import { worstPrice } from '../core/plan.ts'
import type { Plan, PlanRoute } from '../core/plan.ts'
import { FREE } from '../core/price.ts'
import type { GatewayOptions, GenerationRequest, Warning } from '../core/request.ts'
import type { Actor } from '../core/tenant.ts'
import { checkRequest } from './check.ts'
import { chooseRoutes, orderRoutes } from './choose-routes.ts'
import type { Choice } from './choose-routes.ts'
import type { Deployment } from './deployment.ts'
import { drawnSize } from './drawn-size.ts'
import { findModel } from './find-model.ts'
import { cheapestWithin } from './cheapest.ts'
import { mostPixels, priceOf, split } from './price.ts'
import { standIn } from './stand-in.ts'
import { unseenInputs } from './unseen-inputs.ts'

/** What `resolve` needs to know of a request. */
interface Input {
  request: GenerationRequest
  gateway: GatewayOptions
  /** Decides among routes of equal priority. */
  jobId: string
  /** Jobs that the request makes, all under its `max_cost_usd`; missing = 1. */
  jobs?: number
  /** ms; decides which price holds. */
  now: number
  actor: Pick<Actor, 'livemode' | 'models' | 'modelLists' | 'metered' | 'multiplier'>
}

type Resolved = { ok: true; plan: Plan } | { ok: false; error: PublicError }

type Drawing =
  | { ok: true; routes: PlanRoute[]; warnings: Warning[]; by: Model }
  | { ok: false; error: PublicError }

/** Turns a request into a plan, or says what is wrong with it. Reads no key and spends nothing. */
export function resolve(input: Input, deployment: Deployment): Resolved {
  const { request, gateway, actor } = input
  const found = findModel(request.model, actor, deployment)
  if (!found.ok) return found
  const model = { ...found.model, routes: found.routes }
  const checked = checkRequest(
    // Messages name the model that will answer.
    { ...request, model: model.id },
    model.capabilities,
    gateway.params,
  )
  if (!checked.ok) return checked
  const choice = chooseRoutes(model, actor.livemode, deployment)
  const drawing = draw(choice, model, checked.overrides, input, deployment)
  if (!drawing.ok) return drawing
  const asked = { ...request, ...checked.overrides }
  const free = choice.kind === 'stand_in' || !actor.livemode
  const plan: Plan = {
    model: model.id,
    routes: drawing.routes,
    parts: split(request.count, perCall(model, asked)),
    price: free ? FREE : priceOf(model, asked, actor.multiplier, input.now),
    pixels: mostPixels(model, asked),
    warnings: [
      ...found.warnings,
      ...checked.warnings,
      ...drawing.warnings,
      ...unseenInputs(request, drawing.routes),
    ],
    usualSeconds: drawing.by.timing.usualSeconds,
  }
  // Pixels that were turned into a ratio and a resolution: the caller must leave out what it wrote.
  const written = { ...asked, size: asked.size ?? request.size }
  const { jobs = 1, now } = input
  const refusal = unaffordable(plan, jobs, gateway.maxCostUsd, actor.metered, (usd) =>
    cheapestWithin(usd, model, written, jobs, actor.multiplier, now),
  )
  return refusal ? { ok: false, error: refusal } : { ok: true, plan }
}

/** Partial images do not say which image they are of: such a call is for one. */
const perCall = ({ capabilities }: Model, { partials }: GenerationRequest): number =>
  partials > 0 ? 1 : capabilities.countMax

function draw(
  choice: Choice,
  model: Model,
  overrides: Partial<GenerationRequest>,
  input: Input,
  deployment: Deployment,
): Drawing {
  switch (choice.kind) {
    case 'routes': {
      const ordered = orderRoutes(choice.routes, input.jobId)
      const used = input.gateway.fallback ? ordered : ordered.slice(0, 1)
      const own = {
        ...overrides,
        ...(embedded(used) ? spelledOut(input.request, overrides, model) : {}),
      }
      const routes = used.map((route) => toPlanRoute(route, model, own, deployment))
      return { ok: true, routes, warnings: [], by: model }
    }
    case 'stand_in':
      return drawBySketch(choice.why, model, overrides, input, deployment)
    case 'none':
      return {
        ok: false,
        error: errors.modelNotFound(
          `The model "${model.id}" cannot be used on this gateway: ${choice.why}.`,
        ),
      }
  }
}

const embedded = (routes: Route[]): boolean => routes.every(({ upstream }) => upstream === 'sketch')

/** `sketch` has no defaults of its own: size and format of its routes are always stated. */
function spelledOut(
  request: GenerationRequest,
  overrides: Partial<GenerationRequest>,
  { capabilities }: Model,
): Partial<GenerationRequest> {
  const asked = { ...request, ...overrides }
  return {
    size: drawnSize(asked, capabilities),
    format: asked.format ?? capabilities.formats[0] ?? 'png',
  }
}

function drawBySketch(
  why: string,
  model: Model,
  overrides: Partial<GenerationRequest>,
  { request }: Input,
  deployment: Deployment,
): Drawing {
  const sketch = deployment.models.get('sketch-1')
  const [route] = sketch?.routes ?? []
  if (!sketch || !route)
    return { ok: false, error: errors.modelNotFound(`Nothing can stand in for "${model.id}".`) }
  const asked = { ...request, ...overrides, model: 'sketch-1' }
  const drawn = standIn(asked, model, sketch.capabilities, why)
  if (!drawn.ok) return drawn
  const stamp = `drawn by sketch: ${why}`
  const warning = {
    param: 'model',
    message: `Not drawn by ${model.id} but by sketch, free of charge: ${why}.`,
  }
  const all = { ...overrides, ...drawn.overrides }
  return {
    ok: true,
    routes: [{ ...toPlanRoute(route, sketch, all, deployment), stamp }],
    warnings: [warning, ...drawn.warnings],
    by: sketch,
  }
}

function toPlanRoute(
  { upstream, model: upstreamModel }: Route,
  { timing }: Model,
  overrides: Partial<GenerationRequest>,
  { upstreams }: Deployment,
): PlanRoute {
  const called = upstreams.get(upstream)
  return {
    upstream,
    provider: called?.provider ?? upstream,
    baseUrl: called?.baseUrl ?? '',
    secret: called?.auth === 'bearer' ? called.secret : null,
    model: upstreamModel,
    timeoutMs: timing.timeoutSeconds * 1000,
    repeatable: called?.repeatable ?? false,
    stamp: null,
    overrides,
  }
}

/** Refuses what must not be started: a price that is unknown to a balance or above the caller's own limit. */
function unaffordable(
  plan: Plan,
  jobs: number,
  maxCostUsd: number | null,
  metered: boolean,
  hint: (usd: number) => string,
): PublicError | null {
  const worst = worstPrice(plan, jobs)
  if (worst === null && metered)
    return errors.forbidden(
      `The model "${plan.model}" has no price for this, and this tenant pays from a balance.`,
      'model',
    )
  return maxCostUsd === null ? null : tooDear(worst, maxCostUsd, hint)
}

function tooDear(
  worst: Micros | null,
  maxCostUsd: number,
  hint: (usd: number) => string,
): PublicError | null {
  if (worst !== null && toUsd(worst) <= maxCostUsd) return null
  const message =
    worst === null
      ? 'This request has no price, so that gateway.max_cost_usd cannot be kept.'
      : `This request may cost USD ${toUsd(worst)}, more than gateway.max_cost_usd ${maxCostUsd}. ${hint(maxCostUsd)}`
  return { ...errors.insufficient(message), param: 'gateway.max_cost_usd' }
}
