import { readDeployment, type Deployment } from '../models/deployment.ts'
import { embedded } from '../providers/embedded.ts'
import { httpProviders } from '../providers/http-providers.ts'

const providers: ReadonlySet<string> = new Set([...embedded.keys(), ...httpProviders.keys()])
const read = new WeakMap<Env, Deployment>()

/** Catalogue and upstreams of this deployment, read once per isolate. */
export function deploymentOf(env: Env): Deployment {
  const known = read.get(env)
  if (known) return known
  const deployment = readDeployment({ ...env }, providers)
  read.set(env, deployment)
  return deployment
}
