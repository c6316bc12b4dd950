import type { Context } from 'hono'
import { invalid } from '../dialects/invalid.ts'
import type { Micros } from '../core/money.ts'
import type { App } from './context.ts'

/** Cells that are ready to be written: `text`, `usd`, or a number's own digits. */
interface CsvPage {
  header: string[]
  rows: string[][]
  /** Where the next page begins; null = this was the last. */
  next: string | null
}

/**
 * Before what spreadsheets run as a formula, and before our own mark against it: at the start, and behind
 * what separates cells in some of them, whatever the quotes say (owasp.org/www-community/attacks/CSV_Injection).
 */
const RISKY = /(?<=^|[;\t|\r\n])(?=[\s"]*['=+\-@\uff0b\uff0d\uff1d\uff20])|^(?=\s)/g

/**
 * Text as a cell (RFC 4180). What a spreadsheet would run begins with an apostrophe, in quotes, so that it is
 * shown and not run; who reads the file takes one apostrophe off at the start and behind each separator.
 */
export function text(value: string | null): string {
  const marked = value?.replace(RISKY, "'") ?? ''
  if (marked === value && !/[",\r\n]/.test(value)) return value
  return marked && `"${marked.replaceAll('"', '""')}"`
}

/** USD with six decimals. */
export const usd = (micros: Micros | null): string =>
  micros === null ? '' : (micros / 1e6).toFixed(6)

/** @throws GatewayError 400 for a `format` that is neither. */
export function wantsCsv(c: Context<App>): boolean {
  const format = c.req.query('format') ?? 'json'
  if (format !== 'csv' && format !== 'json') throw invalid('format', 'expected csv or json')
  return format === 'csv'
}

const lineOf = (cells: string[]): string => `${cells.join(',')}\r\n`

/** A file of all pages, each read when the client has taken the one before. The first may still fail as an answer. */
export async function answerCsv(
  c: Context<App>,
  name: string,
  read: (after: string | undefined) => Promise<CsvPage>,
): Promise<Response> {
  let page = await read(undefined)
  let head = lineOf(page.header)
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      controller.enqueue(new TextEncoder().encode(head + page.rows.map(lineOf).join('')))
      head = ''
      if (page.next === null) controller.close()
      else page = await read(page.next)
    },
  })
  c.header('cache-control', 'no-store')
  c.header('content-type', 'text/csv; charset=utf-8; header=present')
  c.header('content-disposition', `attachment; filename="${name}.csv"`)
  return c.body(body)
}
