import type { Context } from 'hono'
import type { Dialect } from '../dialects/dialect.ts'
import type { Actor, Caller, Scope } from '../core/tenant.ts'

/** What the steps of one HTTP request leave for each other. */
interface Vars {
  requestId: string
  route: Route
  actor: Actor
  /** Of the actor, what goes to a job's object and into its rows. */
  caller: Caller
  /** Model that the request names, once it is read. */
  asked?: string
  /** Milliseconds spent per phase, for `Server-Timing` and the log. */
  timing: Record<string, number>
  /** Facts for the log line: ids and codes only. */
  logged: Record<string, string | number | boolean | null>
}

export interface App {
  Bindings: Env
  Variables: Vars
}

export type Handler = (c: Context<App>) => Promise<Response> | Response

/** One row of the route table: all that is known of a route, in one place. */
export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Hono's pattern. */
  path: string
  /** A key's scope; `admin` = ADMIN_KEY; `link` = a signed link; `open` = nobody is asked. */
  access: Scope | 'admin' | 'link' | 'open'
  /**
   * Largest bodies in bytes, by content type; null = not taken, or no body is read at all. `nodes`, `images`:
   * most values and images in it, where those are not the usual.
   */
  body: { json: number; multipart: number | null; nodes?: number; images?: number } | null
  /** Whose words errors are told in. */
  dialect: Dialect
  handle: Handler
}
