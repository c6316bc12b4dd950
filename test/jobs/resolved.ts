import { env } from 'cloudflare:workers'
import type { Plan } from '../../src/core/plan.ts'
import type { Submission } from '../../src/core/request.ts'
import { openaiImages } from '../../src/dialects/openai-images.ts'
import { CATALOGUE } from '../../src/models/catalogue/built-in.ts'
import { readDeployment } from '../../src/models/deployment.ts'
import { resolve } from '../../src/models/resolve.ts'

/** A request as the HTTP side hands it to a job: one small priced picture unless `body` says otherwise. */
export function resolved(body: Record<string, unknown>, jobId: string): [Submission, Plan] {
  const asked = { model: 'sketch-priced', prompt: 'a red cube', size: '64x64', ...body }
  const submission = openaiImages.parse(asked, {
    defaultModel: null,
    responseFormat: null,
    checkUrl: () => null,
  })
  const deployment = readDeployment({ ...env }, new Set(['sketch']), CATALOGUE)
  const actor = { livemode: true, models: null, metered: true, multiplier: 1 }
  const { request, gateway } = submission
  const made = resolve({ request, gateway, jobId, actor, now: Date.now() }, deployment)
  if (!made.ok) throw new Error(made.error.message)
  return [submission, made.plan]
}
