import type { Model, Upstream } from '../core/model.ts'
import type { Catalogue } from './catalogue/built-in.ts'
import { mergeModels } from './models-variable.ts'
import { indexNames } from './names.ts'
import { readServers } from './upstreams-variable.ts'
import { BUILT_IN_UPSTREAMS, placed } from './upstreams.ts'

/** What this gateway offers, as its variables say. */
export interface Deployment {
  /** By public name, in the order of lists. */
  models: Map<string, Model>
  /** Alias or exact name -> public name. */
  names: Map<string, string>
  upstreams: Map<string, Upstream>
  /** Upstreams that the gateway has a provider for. */
  spoken: Set<string>
  /** Those of them whose secret is set: the ones that can be called. */
  configured: Set<string>
  /** `sketch` stands in for models that have no configured upstream. */
  demo: boolean
  /** `DEFAULT_MODEL`. */
  defaultModel: string | null
}

/**
 * Reads the Worker's variables: `DEMO`, `DEFAULT_MODEL`, `UPSTREAMS`, `MODELS`, and the upstreams'
 * secrets and base URLs.
 *
 * @param providers names of the providers that the gateway has
 * @throws Error that names the variable and, in `UPSTREAMS` and `MODELS`, the path
 */
export function readDeployment(
  vars: Record<string, unknown>,
  providers: ReadonlySet<string>,
  catalogue: Catalogue,
): Deployment {
  const dialects = [...providers].filter((provider) => provider !== 'sketch')
  const servers = readServers(textOf(vars, 'UPSTREAMS') ?? '[]', dialects, catalogue)
  const upstreams = new Map(
    [...BUILT_IN_UPSTREAMS, ...servers.upstreams].map((one) => [one.id, placed(one, vars)]),
  )
  const spoken = new Set<string>()
  const configured = new Set<string>()
  for (const { id, secret, provider } of upstreams.values()) {
    if (!providers.has(provider)) continue
    spoken.add(id)
    if (secret === null || textOf(vars, secret) !== null) configured.add(id)
  }
  const known = [...catalogue.models, ...servers.models]
  const models = mergeModels(known, textOf(vars, 'MODELS') ?? '{}', upstreams)
  const names = indexNames(models)
  const defaultModel = textOf(vars, 'DEFAULT_MODEL')
  if (defaultModel !== null && !models.has(defaultModel) && !names.has(defaultModel))
    throw new Error(`DEFAULT_MODEL: there is no model "${defaultModel}".`)
  const demo = vars['DEMO'] === 'true'
  return { models, names, upstreams, spoken, configured, demo, defaultModel }
}

/** A variable's text; null when it is missing, blank or no text. */
function textOf(vars: Record<string, unknown>, name: string): string | null {
  const value = vars[name]
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

/** What answers a request without `model`; null = nothing, the request has to name one. */
export const defaultModelOf = ({ defaultModel, demo }: Deployment): string | null =>
  defaultModel ?? (demo ? 'sketch-1' : null)
