import type { Model } from '../core/model.ts'
import type { PriceLine } from '../core/price.ts'
import { chooseRoutes } from './choose-routes.ts'
import type { Deployment } from './deployment.ts'
import { describeCapabilities } from './descriptors.ts'
import type { Descriptor } from './descriptors.ts'
import { living } from './find-model.ts'

/** One model as `/v1/models` shows it: OpenAI's fields first. */
export interface ModelObject {
  id: string
  object: 'model'
  /** Unix seconds. */
  created: number
  owned_by: string
  name: string
  status: Model['status']
  /** Only of retired models: the one that answers. */
  replacement?: string
  aliases: string[]
  /** An upstream of its own draws it here. */
  available: boolean
  /** Who draws in its place, where nothing else can. */
  stand_in: 'sketch' | null
  /** Why no upstream of its own can. */
  unavailable_because: string | null
  capabilities: Record<string, Descriptor>
  /** USD; null = unpriced. */
  pricing: PriceLine[] | null
  /** Seconds until an image is there. */
  usual_seconds: number
}

/** A retired model is shown with what its replacement can do and costs. */
export function describeModel(model: Model, deployment: Deployment): ModelObject {
  const answering = living(model, deployment) ?? model
  const choice = chooseRoutes(answering, true, deployment)
  return {
    id: model.id,
    object: 'model',
    created: model.created,
    owned_by: model.ownedBy,
    name: model.id,
    status: model.status,
    ...(model.replacement === null ? {} : { replacement: model.replacement }),
    aliases: model.aliases,
    available: choice.kind === 'routes',
    stand_in: choice.kind === 'stand_in' ? 'sketch' : null,
    unavailable_because: choice.kind === 'routes' ? null : choice.why,
    capabilities: describeCapabilities(answering.capabilities),
    pricing: answering.price,
    usual_seconds: answering.timing.usualSeconds,
  }
}

/** The models of a list: what can be drawn by its own upstream first, hidden ones left out. */
export function listModels(deployment: Deployment): ModelObject[] {
  const shown = [...deployment.models.values()]
    .filter(({ hidden }) => !hidden)
    .map((model) => describeModel(model, deployment))
  return [...shown.filter((it) => it.available), ...shown.filter((it) => !it.available)]
}
