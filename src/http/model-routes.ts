import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import {
  describeModel,
  listModels as describeModels,
  type ModelObject,
} from '../models/describe.ts'
import { answerJson, answerTagged } from './answer.ts'
import type { App, Handler } from './context.ts'
import { deploymentOf } from './deployment.ts'

/** `GET /v1/models`: OpenAI's list with capabilities, price and lifecycle of each model. */
export const listModels: Handler = (c) =>
  answerTagged(c, { object: 'list', data: describeModels(deploymentOf(c.env)) })

/** `GET /v1/models/{id}`: the id may hold slashes, bare or as `%2F`. Aliases are understood. */
export const readModel: Handler = (c) => answerJson(c, modelOf(c))

/** The model that the path names. */
export function modelOf(c: Context<App>): ModelObject {
  const deployment = deploymentOf(c.env)
  const name = c.req.param('id') ?? ''
  const model = deployment.models.get(deployment.names.get(name) ?? name)
  if (!model) throw new GatewayError(errors.modelNotFound(`There is no model '${name}'.`))
  return describeModel(model, deployment)
}
