import type { Context } from 'hono'
import { invalid } from '../dialects/invalid.ts'
import { answerJson } from './answer.ts'
import type { App } from './context.ts'

/** Which part of a list is asked for. @throws GatewayError 400 */
export function pageOf(c: Context<App>): { limit: number; after: string | undefined } {
  const limit = Number(c.req.query('limit') ?? 20)
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw invalid('limit', 'expected 1 to 100')
  return { limit, after: c.req.query('after') }
}

/** As `pageOf`, for lists whose lines are numbered. */
export function lineQueryOf(c: Context<App>): { limit: number; after?: number } {
  const { limit, after } = pageOf(c)
  if (after !== undefined && !/^\d{1,15}$/.test(after))
    throw invalid('after', 'expected the id of a line')
  return { limit, ...(after !== undefined && { after: Number(after) }) }
}

/** One page of a list, in the shape of OpenAI's lists. */
export const answerList = (
  c: Context<App>,
  data: { id: string | number }[],
  hasMore: boolean,
  more: object = {},
): Promise<Response> => {
  const last_id = data.at(-1)?.id ?? null
  return answerJson(c, { object: 'list', data, has_more: hasMore, ...more, last_id })
}
