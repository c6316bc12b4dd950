import type { Context, ErrorHandler, MiddlewareHandler } from 'hono'
import { Hono } from 'hono/tiny'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { errors, GatewayError, toGatewayError } from '../core/error.ts'
import { describeCause, log } from '../core/log.ts'
import { isOverloaded } from '../outbound/object-call.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { openaiImages } from '../dialects/openai-images.ts'
import { authenticate } from './authenticate.ts'
import type { App } from './context.ts'
import { allowBrowsers } from './cors.ts'
import { ROUTES } from './routes.ts'

/** What a client may call its request (AI/ML API); anything else is dropped in silence. */
const CLIENT_ID = /^[\w.:-]{1,128}$/

/** Every request gets an id and one log line, whatever becomes of it. */
const trace: MiddlewareHandler<App> = async (c, next) => {
  const started = Date.now()
  c.set('requestId', `req_${crypto.randomUUID().replaceAll('-', '')}`)
  c.set('timing', {})
  c.set('logged', {})
  await next()
  c.res.headers.set('x-request-id', c.var.requestId)
  const clientId = c.req.header('x-client-request-id') ?? ''
  if (CLIENT_ID.test(clientId)) c.res.headers.set('x-client-request-id', clientId)
  c.res.headers.set('server-timing', serverTiming(c.var.timing))
  const path = c.var.route?.path ?? null
  const ms = Date.now() - started
  log('request', {
    id: c.var.requestId,
    method: c.req.method,
    path,
    http: c.res.status,
    ms,
    ...c.var.logged,
  })
}

const serverTiming = (timing: Record<string, number>): string =>
  Object.entries(timing)
    .map(([phase, ms]) => `${phase};dur=${ms}`)
    .join(', ')

/** The one place where errors become answers, in the dialect of the path. */
const onError: ErrorHandler<App> = (caught, c) => {
  const error = isOverloaded(caught)
    ? new GatewayError(errors.overloaded())
    : toGatewayError(caught)
  const { shown } = error
  c.var.logged['code'] = shown.code
  if (shown.status === 500) c.var.logged['cause'] = describeCause(error.cause)
  if (shown.retryAfterSeconds !== null) c.header('retry-after', String(shown.retryAfterSeconds))
  if (shown.shouldRetry !== null) c.header('x-should-retry', String(shown.shouldRetry))
  c.header('cache-control', 'no-store')
  const dialect = dialectOf(c)
  const { requestId, asked: model = null } = c.var
  const body = dialect.renderError(shown, { requestId, path: c.req.path, now: Date.now(), model })
  const status = dialect.statusOf?.(shown) ?? shown.status
  return c.json(body as object, status as ContentfulStatusCode)
}

/** A path without a route has the dialect of its neighbours. */
function dialectOf(c: Context<App>): Dialect {
  const [, first] = c.req.path.split('/')
  const route = c.var.route ?? ROUTES.find(({ path }) => path.split('/')[1] === first)
  return route?.dialect ?? openaiImages
}

/** The admin API is for servers. */
const allowBrowsersButToAdmin: MiddlewareHandler<App> = (c, next) =>
  c.req.path.startsWith('/admin') ? next() : allowBrowsers(c, next)

/** A path that exists for other methods is a 405, all else a 404. */
function mountRest(app: Hono<App>): void {
  // Whether there is an admin API is nobody's business.
  const known = ROUTES.filter(({ access }) => access !== 'admin')
  const methods = Map.groupBy(known, ({ path }) => path)
  for (const [path, routes] of methods)
    app.all(path, (c) => {
      c.set('route', routes[0]!)
      const allowed = routes.map(({ method }) => method).join(', ')
      c.header('allow', allowed)
      throw new GatewayError(
        errors.methodNotAllowed(`This path takes ${allowed}, not ${c.req.method}.`),
      )
    })
  app.notFound(() => {
    throw new GatewayError(errors.notFound('There is no such route.'))
  })
}

/** The HTTP side of the gateway, built from the route table. */
export function createApp(): Hono<App> {
  // A slash at the end of a path is let pass.
  const app = new Hono<App>({ strict: false })
  app.use(trace)
  app.use(allowBrowsersButToAdmin)
  // One handler for each: the router looks at all of them for every request.
  for (const route of ROUTES)
    app.on(route.method, route.path, async (c) => {
      c.set('route', route)
      await authenticate(c)
      return route.handle(c)
    })
  mountRest(app)
  app.onError(onError)
  return app
}
