import * as z from 'zod/mini'
import type { Model, Upstream } from '../core/model.ts'
import { PROMPT_ONLY, living, route } from './catalogue/base.ts'
import type { Catalogue } from './catalogue/built-in.ts'
import {
  entryFields,
  failAt,
  faultOfModel,
  laidOver,
  matching,
  modelName,
  readVariable,
} from './model-entry.ts'
import { BUILT_IN_UPSTREAMS, readBaseUrl } from './upstreams.ts'

const record = z.strictObject({ name: modelName, ...entryFields })

/** The gateway's own secrets, which no upstream may be sent. */
const OWN_SECRETS = new Set(['ADMIN_KEY', 'SIGNING_KEYS'])

const server = z.strictObject({
  id: matching(/^[a-z0-9][a-z0-9.-]{0,39}$/, 'Not an id: 1 to 40 of a-z, 0-9, "." and "-".'),
  base_url: z
    .string()
    .check(
      z.refine(
        (text) => readBaseUrl(text) !== null,
        'Not an http(s) URL without credentials, query and fragment.',
      ),
    ),
  key_env: z.optional(
    matching(/^[A-Z][A-Z0-9_]*$/, 'Not the name of a variable.').check(
      z.refine((name) => !OWN_SECRETS.has(name), "The gateway's own secret."),
    ),
  ),
  dialect: z.string(),
  models: z.array(z.union([modelName, record])).check(z.minLength(1)),
})
type Server = z.infer<typeof server>

/** Servers of the operator's own and their models, named `<id>/<name>`. */
interface Servers {
  upstreams: Upstream[]
  models: Model[]
}

/**
 * Reads the variable `UPSTREAMS`. A model given by its name alone starts from what its dialect
 * understands, one with a `base` from that model of the catalogue; without `price` it is unpriced.
 *
 * @param dialects names of the providers that speak to servers
 * @throws Error that names the path, such as `UPSTREAMS: 0.base_url: ...`
 */
export function readServers(
  text: string,
  dialects: readonly string[],
  catalogue: Catalogue,
): Servers {
  const found: Servers = { upstreams: [], models: [] }
  for (const [i, given] of readVariable('UPSTREAMS', text, z.array(server)).entries()) {
    if (!dialects.includes(given.dialect))
      fail([i, 'dialect'], `No such dialect. Known: ${dialects.join(', ')}.`)
    if ([...BUILT_IN_UPSTREAMS, ...found.upstreams].some(({ id }) => id === given.id))
      fail([i, 'id'], `There is an upstream "${given.id}" already.`)
    found.upstreams.push(toUpstream(given))
    for (const [k, one] of given.models.entries()) {
      const model = toModel(given, one, catalogue, [i, 'models', k])
      if ([...catalogue.models, ...found.models].some(({ id }) => id === model.id))
        fail([i, 'models', k], `There is a model "${model.id}" already.`)
      found.models.push(model)
    }
  }
  return found
}

const fail = (path: PropertyKey[], message: string): never => failAt('UPSTREAMS', path, message)

const toUpstream = ({ id, base_url, key_env, dialect }: Server): Upstream => ({
  id,
  provider: dialect,
  secret: key_env ?? null,
  baseUrl: readBaseUrl(base_url) ?? '',
  auth: key_env === undefined ? 'none' : 'bearer',
  repeatable: false,
})

function toModel(
  { id, dialect }: Server,
  given: Server['models'][number],
  catalogue: Catalogue,
  path: PropertyKey[],
): Model {
  const { name, ...entry } = typeof given === 'string' ? { name: given } : given
  const capabilities = catalogue.servers[dialect] ?? PROMPT_ONLY
  const start = living({ ...OWN, id: `${id}/${name}`, capabilities, routes: [route(id, name)] })
  if (!('base' in entry) || entry.base === undefined) return checked(laidOver(start, entry), path)
  const base = catalogue.models.find(
    (model) => model.id === entry.base && model.status === 'active',
  )
  if (!base) return fail([...path, 'base'], 'No such living model in the catalogue.')
  const { capabilities: inherited, timing, tokens } = base
  return checked(laidOver({ ...start, capabilities: inherited, timing, tokens }, entry), path)
}

const OWN = { ownedBy: 'operator', created: 0, price: null }

function checked(model: Model, path: PropertyKey[]): Model {
  const fault = faultOfModel(model)
  return fault ? fail([...path, ...fault.path], fault.message) : model
}
