import type { Context } from 'hono'
import { GatewayError } from '../core/error.ts'
import {
  describeModel,
  listModels as describeModels,
  type ModelObject,
} from '../models/describe.ts'
import { unknownModel } from '../models/find-model.ts'
import { answerJson, answerTagged } from './answer.ts'
import type { App, Handler } from './context.ts'
import { deploymentOf } from './deployment.ts'

/** `GET /v1/models`: OpenAI's list with capabilities, price and lifecycle of each model. */
export const listModels: Handler = async (c) =>
  answerTagged(c, { object: 'list', data: describeModels(await deploymentOf(c.env)) })

/** `GET /v1/models/{id}`: the id may hold slashes, bare or as `%2F`. Aliases are understood. */
export const readModel: Handler = async (c) => answerJson(c, await modelOf(c))

/** The model that the path names. */
export async function modelOf(c: Context<App>): Promise<ModelObject> {
  const deployment = await deploymentOf(c.env)
  const name = c.req.param('id') ?? ''
  const model = deployment.models.get(deployment.names.get(name) ?? name)
  c.set('asked', name)
  if (!model) throw new GatewayError(unknownModel(name, c.var.actor, deployment))
  return describeModel(model, deployment)
}
