import { errors, GatewayError } from '../core/error.ts'
import { describeModel, listModels as describeModels } from '../models/describe.ts'
import { answerJson } from './answer.ts'
import type { Handler } from './context.ts'
import { deploymentOf } from './deployment.ts'

/** `GET /v1/models`: OpenAI's list with capabilities, price and lifecycle of each model. */
export const listModels: Handler = (c) =>
  answerJson(c, { object: 'list', data: describeModels(deploymentOf(c.env)) })

/** `GET /v1/models/{id}`: the id may hold slashes, bare or as `%2F`. Aliases are understood. */
export const readModel: Handler = (c) => {
  const deployment = deploymentOf(c.env)
  const name = c.req.param('id') ?? ''
  const model = deployment.models.get(deployment.names.get(name) ?? name)
  if (!model) throw new GatewayError(errors.modelNotFound(`There is no model '${name}'.`))
  return answerJson(c, describeModel(model, deployment))
}
