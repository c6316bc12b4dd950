import type { Context } from 'hono'
import { aimlEdits, aimlImages as dialect } from '../dialects/aiml-images.ts'
import { renderModel } from '../dialects/aiml-models.ts'
import { listModels as describeModels, type ModelObject } from '../models/describe.ts'
import { linesAt } from '../models/price.ts'
import { answerJson, answerTagged } from './answer.ts'
import type { App, Handler, Route } from './context.ts'
import { deploymentOf } from './deployment.ts'
import { submit } from './generations.ts'
import { modelOf } from './model-routes.ts'
import { DATA_URLS, FILES, route } from './route.ts'

const render = (model: ModelObject, sections: string[]) =>
  renderModel({ ...model, pricing: model.pricing && linesAt(model.pricing, Date.now()) }, sections)

/** A query parameter's values, which may be repeated or stand with commas between them. */
const valuesOf = (c: Context<App>, name: string): string[] =>
  (c.req.queries(name) ?? []).join().toLowerCase().split(',').filter(Boolean)

const sectionsOf = (c: Context<App>): string[] =>
  c.req.query('details') === 'true' ? ['all'] : valuesOf(c, 'include')

/** `GET /aiml/v1/models?output_modalities&id&include`: all models make images. */
const listModels: Handler = async (c) => {
  const [wanted, ids] = [valuesOf(c, 'output_modalities'), valuesOf(c, 'id')]
  const isNamed = (name: string) => ids.includes(name.toLowerCase())
  const shown = describeModels(await deploymentOf(c.env))
    .filter(() => wanted.length === 0 || wanted.includes('image'))
    .filter(({ id, aliases }) => ids.length === 0 || [id, ...aliases].some(isNamed))
  const data = shown.map((model) => render(model, sectionsOf(c)))
  return answerTagged(c, { object: 'list', data })
}

const readModel: Handler = async (c) => answerJson(c, render(await modelOf(c), ['all']))

/** Also without `/v1`, as some of its documents have it. */
export const AIML_ROUTES: readonly Route[] = ['/aiml/v1', '/aiml'].flatMap((base) => [
  route('POST', `${base}/images/generations`, 'images:create', submit, {
    body: DATA_URLS,
    dialect,
  }),
  route('POST', `${base}/images/edits`, 'images:create', submit, {
    body: FILES,
    dialect: aimlEdits,
  }),
  route('GET', `${base}/models`, 'jobs:read', listModels, { dialect }),
  route('GET', `${base}/models/:id{.+}`, 'jobs:read', readModel, { dialect }),
])
