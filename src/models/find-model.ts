import { errors } from '../core/error.ts'
import type { PublicError } from '../core/error.ts'
import type { Model, Route } from '../core/model.ts'
import type { Warning } from '../core/request.ts'
import type { Actor } from '../core/tenant.ts'
import type { Deployment } from './deployment.ts'
import { shown } from './finding.ts'
import { exactName, nearNames } from './names.ts'

/** Lists of names, each of which holds; older code tells `models` alone. */
type Allowed = Pick<Actor, 'models' | 'modelLists'>

type Found =
  | { ok: true; model: Model; routes: Route[]; warnings: Warning[] }
  | { ok: false; error: PublicError }

/** OpenAI's names of a model as it was on a day. */
const DATED = /-\d{4}-\d{2}-\d{2}$/

/**
 * The living model behind a name: an id, an alias, a retired id, or an exact name, which allows
 * the routes of that name only.
 */
export function findModel(asked: string, allowed: Allowed, deployment: Deployment): Found {
  const named = byName(asked, deployment)
  const model = named && living(named, deployment)
  if (!named || !model) return { ok: false, error: unknownModel(asked, allowed, deployment) }
  if (!mayUse(model, allowed, deployment))
    return {
      ok: false,
      error: errors.forbidden(`This key may not use the model ${shown(asked)}.`, 'model'),
    }
  const pinned = model.routes.filter((route) => exactName(route) === asked)
  const exact = pinned.length > 0 && !deployment.models.has(asked) && !model.aliases.includes(asked)
  return {
    ok: true,
    model,
    routes: exact ? pinned : model.routes,
    warnings: renamed(asked, named, model),
  }
}

function byName(name: string, { models, names }: Deployment): Model | null {
  return models.get(name) ?? models.get(names.get(name) ?? '') ?? null
}

/** The model itself, or the one that answers for it since it was retired. */
export const living = (model: Model, { models }: Deployment): Model | null =>
  model.status === 'active' ? model : (models.get(model.replacement ?? '') ?? null)

/** Lists may name a model by any of its names. */
const mayUse = (
  model: Model,
  { models, modelLists = models ? [models] : [] }: Allowed,
  deployment: Deployment,
): boolean =>
  modelLists.every((names) =>
    names.some((name) => {
      const named = byName(name, deployment)
      return named !== null && living(named, deployment)?.id === model.id
    }),
  )

/** 404 with the names that may have been meant, of those that the key may use. */
export function unknownModel(asked: string, allowed: Allowed, deployment: Deployment): PublicError {
  const usable = [...deployment.models.values()].filter(
    (model) => !model.hidden && mayUse(model, allowed, deployment),
  )
  const names = usable.flatMap(({ id, aliases, routes }) => [
    id,
    ...aliases,
    ...routes.map(exactName).filter((name) => !name.endsWith(`/${id}`)),
  ])
  const near = nearNames(asked, new Set(names))
  const hint = near.length > 0 ? ` Near names: ${near.join(', ')}.` : ' See GET /v1/models.'
  return errors.modelNotFound(`There is no model ${shown(asked)}.${hint}`)
}

function renamed(asked: string, named: Model, model: Model): Warning[] {
  if (named !== model)
    return [{ param: 'model', message: `${asked} is retired; ${model.id} answers in its place.` }]
  return asked !== model.id && DATED.test(asked) && model.aliases.includes(asked)
    ? [{ param: 'model', message: `${asked} is answered by ${model.id} as it is today.` }]
    : []
}
