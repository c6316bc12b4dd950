import { errors, GatewayError } from '../core/error.ts'
import type { PriceLine } from '../core/price.ts'
import {
  describeModel,
  listModels as describeModels,
  type ModelObject,
} from '../models/describe.ts'
import { requestSchema } from '../models/request-schema.ts'
import { answerJson } from './answer.ts'
import type { Handler } from './context.ts'
import { deploymentOf } from './deployment.ts'

/** `GET /api/ai/models?developer_name&action`; an action is the end of an endpoint, such as `edit`. */
export const listOxenModels: Handler = async (c) => {
  const { developer_name: developer, action } = c.req.query()
  const data = describeModels(await deploymentOf(c.env))
    .map(shown)
    .filter((it) => developer === undefined || it.developer.name === developer)
    .filter((it) => action === undefined || it.endpoint.endsWith(action))
  return answerJson(c, { object: 'list', data })
}

/** `GET /api/ai/models/search?search=`: a part of a model's name, whatever its case. */
export const searchOxenModels: Handler = async (c) => {
  const text = c.req.query('search')
  if (!text) throw new GatewayError(errors.missing('search'))
  const isNamed = ({ id, aliases }: ModelObject): boolean =>
    [id, ...aliases].some((name) => name.toLowerCase().includes(text.toLowerCase()))
  const data = describeModels(await deploymentOf(c.env))
    .filter(isNamed)
    .map(shown)
  return answerJson(c, { object: 'list', data })
}

/** `GET /api/ai/models/{id}` */
export const readOxenModel: Handler = async (c) => {
  const deployment = await deploymentOf(c.env)
  const name = c.req.param('id') ?? ''
  const model = deployment.models.get(deployment.names.get(name) ?? name)
  c.set('asked', name)
  if (!model) throw new GatewayError(errors.modelNotFound(`There is no model '${name}'.`))
  return answerJson(c, shown(describeModel(model, deployment)))
}

/** What is not known here is null; of a model that sketch stands in for, the upstream's price. */
function shown(model: ModelObject) {
  const { id, created, owned_by, capabilities: can } = model
  const operations = can['operation']?.type === 'enum' ? can['operation'].values : []
  return {
    id,
    object: 'model',
    created,
    owned_by,
    display_name: model.name,
    description: null,
    summary: null,
    model_type: 'base',
    endpoint: `/images/${operations.includes('generate') ? 'generate' : 'edit'}`,
    capabilities: { input: can['image'] ? ['text', 'image'] : ['text'], output: ['image'] },
    pricing: model.pricing && pricingOf(model.pricing),
    fine_tuning: null,
    deployments: [{ status: model.available || model.stand_in ? 'active' : 'inactive' }],
    developer: { name: owned_by, logo: null },
    source_model: null,
    image_url: null,
    released_at: created,
    request_schema: requestSchema(can),
  }
}

/** `cost_per_image`: the line that holds for each image; null = there is none. `lines` say all. */
const pricingOf = (lines: PriceLine[]) => ({
  method: lines.some(({ unit }) => unit === 'token') ? 'token' : 'per_image',
  cost_per_image:
    lines.flatMap((it) => (it.unit === 'image' && !it.when ? [it.usd] : []))[0] ?? null,
  lines,
})
