import { showJobId } from '../core/ids.ts'
import { toUsd } from '../core/money.ts'
import { seconds } from '../core/seconds.ts'
import type { LedgerRow } from '../tenants/records.ts'
import { ofTenant } from './admin.ts'
import type { Handler } from './context.ts'
import { answerCsv, text, usd, wantsCsv } from './csv.ts'
import { answerList, lineQueryOf } from './page.ts'

/** Lines of one page of a file. */
const CSV_PAGE = 1000

/** `GET /admin/tenants/{id}/ledger?limit&after&format`: newest first. As CSV all lines behind `after`. */
export const readLedger: Handler = async (c) => {
  const query = lineQueryOf(c)
  const read = (change: Partial<typeof query>) =>
    ofTenant(c, async (stub) => stub.ledger({ ...query, ...change }))
  if (wantsCsv(c))
    return answerCsv(c, `ledger-${c.req.param('id')}`, async (last) => {
      const after = last === undefined ? {} : { after: Number(last) }
      const { data, hasMore } = await read({ limit: CSV_PAGE, ...after })
      const next = hasMore ? String(data.at(-1)!.seq) : null
      return { header: HEADER, rows: data.map(toCells), next }
    })
  const page = await read({})
  const data = page.data.map(render)
  return answerList(c, data, page.hasMore)
}

const render = (row: LedgerRow) => ({
  id: row.seq,
  at: seconds(row.at),
  kind: row.kind,
  amount_usd: toUsd(row.amount),
  balance_usd: row.balance === null ? null : toUsd(row.balance),
  reference: referenceOf(row),
  job: row.job && showJobId(row.job),
  how: row.how,
  key: row.keyId,
  lines: linesOf(row),
})

/** Of charges and reuses a job, of credits what the operator wrote. */
const referenceOf = ({ kind, reference }: LedgerRow): string =>
  kind === 'charge' || kind === 'reuse' ? showJobId(reference) : reference

const linesOf = ({ lines }: LedgerRow) =>
  lines && lines.map(({ unit, quantity, micros }) => ({ unit, quantity, usd: toUsd(micros) }))

const HEADER = [
  'id',
  'at',
  'kind',
  'amount_usd',
  'balance_usd',
  'reference',
  'job',
  'how',
  'key',
  'lines',
]

const toCells = (row: LedgerRow): string[] => [
  String(row.seq),
  new Date(row.at).toISOString(),
  row.kind,
  usd(row.amount),
  usd(row.balance),
  text(referenceOf(row)),
  row.job === null ? '' : showJobId(row.job),
  row.how ?? '',
  row.keyId ?? '',
  text(row.lines && JSON.stringify(linesOf(row))),
]
