import type { Context, ErrorHandler, MiddlewareHandler } from 'hono'
import { Hono } from 'hono/tiny'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { errors, GatewayError, toGatewayError } from '../core/error.ts'
import { describeCause, log } from '../core/log.ts'
import { isOverloaded } from '../outbound/object-call.ts'
import { openaiImages } from '../dialects/openai-images.ts'
import { authenticate } from './authenticate.ts'
import type { App, Route } from './context.ts'
import { allowBrowsers } from './cors.ts'
import { ROUTES } from './routes.ts'

/** All but the admin API, which is for servers. */
const BROWSER_PATHS = [
  '/v1/*',
  '/api/*',
  '/aiml/*',
  '/modelmax/*',
  '/i/*',
  '/watch/*',
  '/.well-known/*',
]

/** Every request gets an id and one log line, whatever becomes of it. */
const trace: MiddlewareHandler<App> = async (c, next) => {
  const started = Date.now()
  c.set('requestId', `req_${crypto.randomUUID().replaceAll('-', '')}`)
  c.set('timing', {})
  c.set('logged', {})
  await next()
  c.res.headers.set('x-request-id', c.var.requestId)
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
  const { requestId } = c.var
  const body = dialect.renderError(shown, { requestId, path: c.req.path, now: Date.now() })
  const status = dialect.statusOf?.(shown) ?? shown.status
  return c.json(body as object, status as ContentfulStatusCode)
}

const dialectOf = (c: Context<App>) => c.var.route?.dialect ?? openaiImages

/** A path that exists for other methods is a 405, all else a 404. */
function mountRest(app: Hono<App>): void {
  // Whether there is an admin API is nobody's business.
  const known = ROUTES.filter(({ access }) => access !== 'admin')
  const methods = Map.groupBy(known, ({ path }) => path)
  for (const [path, routes] of methods)
    app.all(path, (c) => {
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

const remember =
  (route: Route): MiddlewareHandler<App> =>
  (c, next) => {
    c.set('route', route)
    return next()
  }

/** The HTTP side of the gateway, built from the route table. */
export function createApp(): Hono<App> {
  const app = new Hono<App>()
  app.use(trace)
  for (const paths of BROWSER_PATHS) app.use(paths, allowBrowsers)
  for (const route of ROUTES)
    app.on(route.method, route.path, remember(route), authenticate, (c) => route.handle(c))
  mountRest(app)
  app.onError(onError)
  return app
}
