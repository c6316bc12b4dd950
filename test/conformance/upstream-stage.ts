import { startGateway, type Gateway, type GatewayOptions } from '../support/gateway.ts'
import { sha256 } from '../upstreams/ledger.ts'
import { startUpstreams, type Upstreams } from '../upstreams/start.ts'
import { openAccount, type Account } from './client.ts'
import { KINDS, type KindName } from './upstream-kinds.ts'

/** USD per image of every model. */
export const PRICE = 0.04
/** USD; exact in micro-dollars. */
export const BALANCE = 1000

/** A server that the gateway is to know. */
export interface Wanted {
  /** 1 to 40 of a-z, 0-9, "." and "-". */
  id: string
  kind: KindName
  /** Longest call, seconds; the gateway's shortest is 1. */
  timeoutSeconds?: number
  /** Largest count of images in one call, where it is not the kind's own. */
  most?: number
}

/** A simulator of its own, with its ledger and its faults. */
export interface Server extends Upstreams {
  /** Public name of its model. */
  model: string
  /** SHA-256 of its credential. */
  credential: string
}

export interface Stage {
  gateway: Gateway
  account: Account
  servers: Map<string, Server>
  /** All lines that the gateway has logged so far. */
  logged(this: void): string
  /** The credentials of all servers, and the tenant's key: none may be told to anybody. */
  secrets: string[]
  stop(this: void): Promise<void>
}

export const secretOf = (id: string): string => `canary-${sha256(id).slice(0, 24)}`
export const variableOf = (id: string): string => `KEY_${sha256(id).slice(0, 12).toUpperCase()}`

/** A server as `UPSTREAMS` has it. */
export function describe({ id, kind, timeoutSeconds = 30, most }: Wanted, { url }: Upstreams) {
  const { dialect, base, model, ...rest } = KINDS[kind]
  return {
    id,
    base_url: url + base,
    key_env: variableOf(id),
    dialect,
    models: [
      {
        name: model,
        ...('like' in rest && { base: rest.like }),
        price: [{ unit: 'image', usd: PRICE }],
        timing: { usualSeconds: 1, timeoutSeconds },
        ...(most !== undefined && { limits: { countMax: most } }),
      },
    ],
  }
}

/** Starts a simulator for each server, and a gateway that knows them all. */
export async function startStage(
  wanted: readonly Wanted[],
  models: Record<string, unknown> = {},
  vars: Record<string, string> = {},
  build: Pick<GatewayOptions, 'script' | 'lean'> = {},
): Promise<Stage> {
  const started = await Promise.all(wanted.map(() => startUpstreams()))
  const lines: string[] = []
  const gateway = await startGateway({
    ...build,
    vars: {
      UPSTREAMS: JSON.stringify(wanted.map((one, i) => describe(one, started[i]!))),
      MODELS: JSON.stringify(models),
      ...vars,
      ...Object.fromEntries(wanted.map(({ id }) => [variableOf(id), secretOf(id)])),
    },
    onLog: (line) => lines.push(line),
  })
  const account = await openAccount(gateway.url, BALANCE)
  const servers = wanted.map(({ id, kind }, i): [string, Server] => {
    const model = `${id}/${KINDS[kind].model}`
    return [id, { ...started[i]!, model, credential: sha256(secretOf(id)) }]
  })
  return {
    gateway,
    account,
    servers: new Map(servers),
    logged: () => lines.join('\n'),
    secrets: [...wanted.map(({ id }) => secretOf(id)), account.key],
    async stop() {
      await gateway.stop()
      await Promise.all(started.map((server) => server.stop()))
    },
  }
}
