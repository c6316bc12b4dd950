import { errors, GatewayError } from '../core/error.ts'
import type { PriceLine } from '../core/price.ts'
import { oxenName } from '../dialects/oxen-names.ts'
import { listModels as describeModels, type ModelObject } from '../models/describe.ts'
import { linesAt } from '../models/price.ts'
import { requestSchema } from '../models/request-schema.ts'
import { answerJson } from './answer.ts'
import type { Handler } from './context.ts'
import { deploymentOf } from './deployment.ts'
import { modelOf } from './model-routes.ts'

const operationsOf = ({ capabilities }: ModelObject): string[] => {
  const known = capabilities['operation']
  return known?.type === 'enum' ? known.values : []
}

/** `GET /api/ai/models?developer_name&action`; an action is the end of a path: `edit`, `generate`. */
export const listOxenModels: Handler = async (c) => {
  const { developer_name: developer, action } = c.req.query()
  const data = describeModels(await deploymentOf(c.env))
    .filter((it) => developer === undefined || it.owned_by === developer)
    .filter((it) => !action || operationsOf(it).some((can) => `/images/${can}`.endsWith(action)))
  return answerJson(c, { object: 'list', data: data.map(shown) })
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
export const readOxenModel: Handler = async (c) => answerJson(c, shown(await modelOf(c)))

/** What is not known here is null; of a model that sketch stands in for, the upstream's price. */
function shown(model: ModelObject) {
  const { id, created, owned_by, capabilities: can } = model
  return {
    id,
    object: 'model',
    created,
    owned_by,
    display_name: model.name,
    description: null,
    summary: null,
    model_type: 'base',
    // That of the vendor's page; a model answers on both.
    endpoint: `/images/${can['image'] ? 'edit' : 'generate'}`,
    capabilities: { input: can['image'] ? ['text', 'image'] : ['text'], output: ['image'] },
    pricing: model.pricing && pricingOf(linesAt(model.pricing, Date.now())),
    fine_tuning: null,
    deployments: [{ status: model.available || model.stand_in ? 'active' : 'inactive' }],
    developer: { name: owned_by, logo: null },
    source_model: null,
    image_url: null,
    released_at: created,
    request_schema: requestSchema(can, oxenName),
  }
}

/** `cost_per_image`: the line that holds for each image; null = there is none. `lines` say all. */
const pricingOf = (lines: PriceLine[]) => ({
  method: lines.some(({ unit }) => unit === 'token') ? 'token' : 'per_image',
  cost_per_image:
    lines.flatMap((it) => (it.unit === 'image' && !it.when ? [it.usd] : []))[0] ?? null,
  lines,
})
