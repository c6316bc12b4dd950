import * as z from 'zod/mini'
import type { Model, Route, Upstream } from '../core/model.ts'
import { pairs } from './pairs.ts'
import { PROMPT_ONLY, living } from './catalogue/base.ts'
import {
  entryFields,
  failAt,
  faultOfModel,
  laidOver,
  modelName,
  readVariable,
} from './model-entry.ts'

const route = z.strictObject({
  upstream: z.string(),
  model: modelName,
  credential: z.optional(z.string()),
  priority: z.optional(z.int().check(z.minimum(0))),
  weight: z.optional(z.number().check(z.minimum(0))),
})

const entry = z.strictObject({
  ...entryFields,
  aliases: z.optional(z.array(modelName)),
  routes: z.optional(z.array(route).check(z.minLength(1))),
})
type Entry = z.infer<typeof entry>

const Variable = pairs(modelName, entry)

/**
 * The variable `MODELS` merged over the built-in catalogue, by model id. What an entry gives
 * replaces what the model had: `price`, `tokens`, `aliases`, `routes` and `timing` whole, `limits` key by key.
 * An entry of a new id starts from the model that `base` names, routes and price included, or,
 * with routes of its own, from a model that draws 1024x1024 from a prompt. New routes without a
 * new price leave a new model unpriced.
 *
 * @throws Error that names the path, such as `MODELS: gpt-image-2.price.0.usd: ...`
 */
export function mergeModels(
  builtIn: readonly Model[],
  text: string,
  upstreams: ReadonlyMap<string, Upstream>,
): Map<string, Model> {
  const models = new Map(builtIn.map((model) => [model.id, model]))
  for (const [id, given] of Object.entries(readVariable('MODELS', text, Variable))) {
    const existing = models.get(id)
    const model = existing ? changed(existing, given) : added(id, given, models)
    const fault = faultOfModel(model)
    if (fault) fail([id, ...fault.path], fault.message)
    checkRoutes(id, given.routes ?? [], upstreams)
    models.set(id, model)
  }
  checkAliases(models)
  return models
}

const fail = (path: PropertyKey[], message: string): never => failAt('MODELS', path, message)

/** A retired model that gets routes lives again. */
function changed(model: Model, given: Entry): Model {
  if (given.base !== undefined) fail([model.id, 'base'], 'Only a new model has a base.')
  const revived = given.routes ? ({ status: 'active', replacement: null } as const) : {}
  return laidOver({ ...model, ...revived }, withRoutes(given))
}

function added(id: string, given: Entry, models: ReadonlyMap<string, Model>): Model {
  if (given.base === undefined && !given.routes)
    fail([id], 'Not in the catalogue: a new model needs "routes" or a "base".')
  const base = given.base === undefined ? null : models.get(given.base)
  if (base === undefined) fail([id, 'base'], 'No such model.')
  if (base?.status === 'retired') fail([id, 'base'], 'A retired model is no base.')
  const start = base ?? living({ ...NEW_MODEL, capabilities: PROMPT_ONLY })
  const inherited = given.routes ? null : start.price
  return laidOver({ ...start, id, aliases: [], hidden: false, price: inherited }, withRoutes(given))
}

const NEW_MODEL = { id: '', ownedBy: 'operator', created: 0, routes: [], price: null }

const withRoutes = (given: Entry) => ({ ...given, routes: given.routes?.map(toRoute) })

const toRoute = ({ upstream, model, priority = 1, weight = 1 }: z.infer<typeof route>): Route => ({
  upstream,
  model,
  priority,
  weight,
})

function checkRoutes(
  id: string,
  routes: NonNullable<Entry['routes']>,
  upstreams: ReadonlyMap<string, Upstream>,
): void {
  for (const [i, { upstream, credential }] of routes.entries()) {
    const known = upstreams.get(upstream)
    if (!known)
      return fail(
        [id, 'routes', i, 'upstream'],
        `No such upstream. Known: ${[...upstreams.keys()].join(', ')}.`,
      )
    if (credential !== undefined && credential !== known.secret)
      fail(
        [id, 'routes', i, 'credential'],
        `${upstream} has one credential only: ${known.secret ?? 'none'}.`,
      )
  }
}

function checkAliases(models: ReadonlyMap<string, Model>): void {
  const owners = new Map<string, string>()
  for (const { id, aliases } of models.values())
    for (const [i, alias] of aliases.entries()) {
      const owner = models.has(alias) ? alias : owners.get(alias)
      if (owner !== undefined) fail([id, 'aliases', i], `"${alias}" already names ${owner}.`)
      owners.set(alias, id)
    }
}
