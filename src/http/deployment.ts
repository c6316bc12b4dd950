import type { Catalogue } from '../models/catalogue/built-in.ts'
import { readDeployment, type Deployment } from '../models/deployment.ts'
import { embedded } from '../providers/embedded.ts'
import { httpProviders } from '../providers/http-providers.ts'

/** Put in by the build (src/cli/catalogue.ts). */
declare const CATALOGUE_VERSION: string

const providers: ReadonlySet<string> = new Set([...embedded.keys(), ...httpProviders.keys()])
const read = new WeakMap<Env, Deployment>()

/**
 * Catalogue and upstreams of this deployment, read once per isolate. First requests that come together
 * each read for themselves: what one waits for would end with the other.
 */
export async function deploymentOf(env: Env): Promise<Deployment> {
  const known = read.get(env)
  if (known) return known
  const deployment = readDeployment({ ...env }, providers, await readCatalogue(env.ASSETS))
  read.set(env, deployment)
  return deployment
}

/** @throws Error when it is not there, or not the one that was built with this script */
async function readCatalogue(assets: Fetcher): Promise<Catalogue> {
  const answer = await assets.fetch('https://assets/build/catalogue.json')
  const text = await answer.text()
  if (!answer.ok) throw new Error(`build/catalogue.json: ${answer.status}`)
  const { version, ...catalogue } = JSON.parse(text) as Catalogue & { version: string }
  if (version === CATALOGUE_VERSION) return catalogue
  throw new Error(`build/catalogue.json: version ${version} instead of ${CATALOGUE_VERSION}`)
}
