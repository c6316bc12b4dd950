import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { aimlapi } from './aimlapi.ts'
import { Refusal, type Api, type Call, type Reply, type Route, type World } from './call.ts'
import { control } from './control.ts'
import { createFaults, doesWork, type Faults } from './faults.ts'
import { createLedger, sha256, summarise, type Ledger, type SeenRequest } from './ledger.ts'
import { localai } from './localai.ts'
import { max } from './max.ts'
import { modelmax } from './modelmax.ts'
import { openai } from './openai.ts'
import { oxen } from './oxen.ts'
import { readCall, type ReadCall } from './read-call.ts'
import { sdcpp } from './sdcpp.ts'
import { sglang } from './sglang.ts'
import { together } from './together.ts'
import { vllm } from './vllm.ts'
import { distort, send } from './wire.ts'

export const APIS: Api[] = [
  openai,
  max,
  oxen,
  modelmax,
  aimlapi,
  together,
  localai,
  sdcpp,
  vllm,
  sglang,
]

/** Keys that hold this word are wrong, and those of an account without money. */
const WRONG_KEY = 'wrong'
const EMPTY_ACCOUNT = 'broke'

interface Found {
  route: Route | null
  params: string[]
}

function findRoute(api: Api, call: Call): Found {
  const path = call.path.slice(api.root.length)
  const hits = api.routes.flatMap((route) => {
    const match = route.path.exec(path)
    return match ? [{ route, params: match.slice(1).map((part) => decodeURIComponent(part)) }] : []
  })
  const hit = hits.find(({ route }) => route.method === call.method)
  if (hit) return hit
  if (hits.length === 0) return { route: null, params: [] }
  throw new Refusal(405, `Not allowed method (${call.method} ${path}).`, {
    code: 'method_not_supported',
  })
}

function authorise(api: Api, call: Call): void {
  if (api.auth === 'none') return
  if (call.key === null) throw new Refusal(401, 'No API key was provided.', { code: null })
  if (call.key.includes(WRONG_KEY)) {
    throw new Refusal(401, 'Incorrect API key provided.', { code: 'invalid_api_key' })
  }
}

async function work(api: Api, { call, unreadable }: ReadCall, route: Route | null): Promise<Reply> {
  if (!route) throw new Refusal(404, `No such path: ${call.method} ${call.path}.`, { code: null })
  // A link is a permission of its own.
  if (route.kind !== 'result') authorise(api, call)
  if (unreadable) throw new Refusal(400, 'The body could not be read.', { code: 'invalid_json' })
  if (route.kind === 'submit' && call.key?.includes(EMPTY_ACCOUNT)) throw api.noCredit
  return route.handle(call)
}

async function answer(api: Api, read: ReadCall, faults: Faults): Promise<Reply> {
  const { call, raw } = read
  try {
    const { route, params } = findRoute(api, call)
    call.params = params
    const text = (): string => `${call.path}\n${raw.toString('latin1')}`
    call.fault = route && faults.take(api.name, route.kind, text)
    if (call.fault && !doesWork(call.fault)) return distort(api, call, null)
    return distort(api, call, await work(api, read, route))
  } catch (error) {
    if (error instanceof Refusal) return api.refuse(error, call)
    throw error
  }
}

/** Everything of a request that a test may ask about; the credential only as its hash. */
function record(api: Api, { call, raw, type }: ReadCall, url: string): SeenRequest {
  const { authorization = null, ...headers } = call.headers
  const [scheme = '', credential = ''] = (authorization ?? '').split(' ')
  return {
    api: api.name,
    method: call.method,
    path: url,
    requestId: call.requestId,
    at: Date.now(),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, String(value)]),
    ),
    authorization: authorization === null ? null : { scheme, sha256: sha256(credential) },
    body: summarise(type, raw, call.json, call.form),
    fault: null,
    status: null,
    aborted: false,
  }
}

async function serve(req: IncomingMessage, res: ServerResponse, world: World, faults: Faults) {
  const read = await readCall(req, world)
  const { call } = read
  if (call.path.startsWith('/control/')) return send(res, control(read, faults), null)
  const api = APIS.find(({ root }) => call.path.startsWith(`${root}/`))
  if (!api) {
    res.writeHead(404).end('No such upstream.')
    return
  }
  call.api = api.name
  const seen = record(api, read, req.url ?? '')
  world.ledger.requests.push(seen)
  res.once('close', () => {
    seen.aborted = !res.writableFinished
    seen.status = res.headersSent ? res.statusCode : null
  })
  const reply = await answer(api, read, faults)
  seen.fault = call.fault?.kind ?? null
  const headers = { ...api.headers?.(call), ...reply.headers }
  await send(res, { ...reply, headers }, call.fault)
}

export interface Upstreams {
  /** Of the server, without a path: each API has its own root below it. */
  url: string
  ledger: Ledger
  faults: Faults
  /** Forgets ledger, faults, jobs, files and settings. */
  reset(): void
  stop(): Promise<void>
}

/** Starts all simulated upstreams on one port; 0 takes a free one. */
export async function startUpstreams({ port = 0, latencyMs = 0 } = {}): Promise<Upstreams> {
  const ledger = createLedger()
  const faults = createFaults()
  const world: World = {
    ledger,
    settings: { latencyMs, imageBytes: 0 },
    files: new Map(),
    jobs: new Map(),
    reset() {
      ledger.clear()
      faults.clear()
      world.files.clear()
      world.jobs.clear()
      world.settings = { latencyMs, imageBytes: 0 }
    },
  }
  const server = createServer((req, res) => {
    serve(req, res, world, faults).catch((error: unknown) => {
      // A client that leaves while its body is read is no fault of ours.
      if (!req.destroyed || req.complete) console.error(error)
      res.destroy()
    })
  })
  // A connection that is closed just when it is used again is an unclear answer, which nobody asked for.
  server.keepAliveTimeout = 60_000
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ledger,
    faults,
    reset: world.reset,
    async stop() {
      server.close()
      server.closeAllConnections()
      if (server.listening) await once(server, 'close')
    },
  }
}
