import type { Capabilities, Model } from '../../core/model.ts'
import { aimlapiModels } from './aimlapi.ts'
import { flux1Models } from './flux-1.ts'
import { flux2Models } from './flux-2.ts'
import { geminiModels } from './gemini.ts'
import { openaiResponsesModels } from './openai-responses.ts'
import { openaiModels } from './openai.ts'
import { SERVER_CAPABILITIES } from './servers.ts'
import { sketchModels } from './sketch.ts'
import { togetherModels } from './together.ts'

/** Every model that works without configuration but its upstream's secret, in the order of lists. */
export const BUILT_IN_MODELS: readonly Model[] = [
  ...sketchModels,
  ...openaiModels,
  ...geminiModels,
  ...flux1Models,
  ...flux2Models,
  ...aimlapiModels,
  ...togetherModels,
  ...openaiResponsesModels,
]

/**
 * What a gateway knows of models before it reads its variables: data, which the build writes beside the
 * script. Source code that runs in the Worker imports its type only.
 */
export interface Catalogue {
  models: readonly Model[]
  /** By dialect. */
  servers: Record<string, Capabilities>
}

export const CATALOGUE: Catalogue = { models: BUILT_IN_MODELS, servers: SERVER_CAPABILITIES }
