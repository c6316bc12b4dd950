import type { Context, ErrorHandler } from 'hono'
import { Hono } from 'hono/tiny'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { errors, GatewayError } from '../core/error.ts'
import { describeCause, log } from '../core/log.ts'
import { failureOf } from '../outbound/object-call.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { openaiImages } from '../dialects/openai-images.ts'
import { authenticate } from './authenticate.ts'
import type { App, Handler, Route } from './context.ts'
import { allowBrowsers } from './cors.ts'
import { ROUTES } from './routes.ts'

/** What a client may call its request (AI/ML API); anything else is dropped in silence. */
const CLIENT_ID = /^[\w.:-]{1,128}$/

/** Every request gets an id and one log line, whatever becomes of it. */
const answered =
  (handle: Handler): Handler =>
  async (c) => {
    const started = Date.now()
    c.set('requestId', `req_${crypto.randomUUID().replaceAll('-', '')}`)
    c.set('timing', {})
    c.set('logged', {})
    try {
      // The admin API is for servers.
      const preflight = c.req.path.startsWith('/admin') ? null : allowBrowsers(c)
      c.res = preflight ?? (await handle(c))
    } catch (caught) {
      c.res = await onError(caught as Error, c)
    }
    finish(c, started)
    return c.res
  }

function finish(c: Context<App>, started: number): void {
  const { requestId, timing, route, logged } = c.var
  c.res.headers.set('x-request-id', requestId)
  const { idHeader } = dialectOf(c)
  if (idHeader && !c.res.headers.has(idHeader)) c.res.headers.set(idHeader, requestId)
  const clientId = c.req.header('x-client-request-id') ?? ''
  if (CLIENT_ID.test(clientId)) c.res.headers.set('x-client-request-id', clientId)
  c.res.headers.set('server-timing', serverTiming(timing))
  log('request', {
    id: requestId,
    method: c.req.method,
    path: route?.path ?? null,
    http: c.res.status,
    ms: Date.now() - started,
    ...logged,
  })
}

const serverTiming = (timing: Record<string, number>): string =>
  Object.entries(timing)
    .map(([phase, ms]) => `${phase};dur=${ms}`)
    .join(', ')

/** The one place where errors become answers, in the dialect of the path. */
const onError: ErrorHandler<App> = (caught, c) => {
  const error = failureOf(caught)
  const { shown } = error
  c.var.logged['code'] = shown.code
  if (shown.status === 500) c.var.logged['cause'] = describeCause(error.cause)
  if (shown.retryAfterSeconds !== null) c.header('retry-after', String(shown.retryAfterSeconds))
  if (shown.shouldRetry !== null) c.header('x-should-retry', String(shown.shouldRetry))
  c.header('cache-control', 'no-store')
  const dialect = dialectOf(c)
  const { requestId, asked: model = null } = c.var
  const context = { requestId, path: c.req.path, now: Date.now(), model }
  const body = dialect.renderError(shown, context)
  const status = dialect.statusOf?.(shown) ?? shown.status
  return c.json(body as object, status as ContentfulStatusCode)
}

/** A path without a route has the dialect of its neighbours. */
function dialectOf(c: Context<App>): Dialect {
  const [, first] = c.req.path.split('/')
  const route = c.var.route ?? ROUTES.find(({ path }) => path.split('/')[1] === first)
  return route?.dialect ?? openaiImages
}

const noRoute = (): never => {
  throw new GatewayError(errors.notFound('There is no such route.'))
}

/** A path that exists for other methods is a 405. Whether there is an admin API is nobody's business. */
function refuseMethod(c: Context<App>, routes: Route[]): never {
  const known = routes.filter(({ access }) => access !== 'admin')
  if (known.length === 0) return noRoute()
  c.set('route', known[0]!)
  const allowed = known.map(({ method }) => method).join(', ')
  c.header('allow', allowed)
  throw new GatewayError(
    errors.methodNotAllowed(`This path takes ${allowed}, not ${c.req.method}.`),
  )
}

/** Answers a request for a path by the route of its method. */
async function serve(c: Context<App>, routes: Route[]): Promise<Response> {
  const method = c.req.method === 'HEAD' ? 'GET' : c.req.method
  const route = routes.find((it) => it.method === method) ?? refuseMethod(c, routes)
  c.set('route', route)
  await authenticate(c)
  return route.handle(c)
}

/** The HTTP side of the gateway, built from the route table. */
export function createApp(): Hono<App> {
  // A slash at the end of a path is let pass.
  const app = new Hono<App>({ strict: false })
  // One handler for each path: the router looks at all of them for every request.
  for (const [path, routes] of Map.groupBy(ROUTES, (route) => route.path))
    app.all(
      path,
      answered((c) => serve(c, routes)),
    )
  app.notFound(answered(noRoute))
  app.onError(onError)
  return app
}
