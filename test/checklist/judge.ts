import type { Row } from './row.ts'

/** A test as a run saw it. */
export interface SeenTest {
  name: string
  state: 'passed' | 'failed' | 'skipped' | 'pending'
  /** Why it skipped itself. */
  note?: string | undefined
}

export interface Run {
  /** Tests by file, as rows name them; a file that could not be read has null. */
  files: ReadonlyMap<string, readonly SeenTest[] | null>
  /** Nothing was left out: a test that is not here does not exist. */
  isWhole: boolean
}

/** From best to worst: a row is as its worst test. */
const RESULTS = ['passed', 'skipped', 'not run', 'no such test', 'failed'] as const
export type Result = (typeof RESULTS)[number] | 'later'

export interface Judged {
  row: Row
  result: Result
  /** Why it is skipped or comes later, or which test is not there. */
  reason?: string
}

const resultOf = ({ state, note }: SeenTest): Result => {
  if (state === 'passed' || state === 'failed') return state
  // A test that a filter left out says nothing.
  return note === undefined ? 'not run' : 'skipped'
}

function judgeTest(test: string, { files, isWhole }: Run): Omit<Judged, 'row'>[] {
  const end = test.indexOf(' > ')
  const seen = files.get(test.slice(0, end))
  const missing = [{ result: 'no such test', reason: test } as const]
  if (seen === undefined) return isWhole ? missing : [{ result: 'not run' }]
  if (seen === null) return [{ result: 'failed' }]
  const named = seen.filter(({ name }) => name.includes(test.slice(end + 3)))
  if (named.length === 0) return missing
  return named.map((one) => ({
    result: resultOf(one),
    ...(one.note !== undefined && { reason: one.note }),
  }))
}

const badness = ({ result }: Omit<Judged, 'row'>): number =>
  RESULTS.findIndex((one) => one === result)

export function judge(rows: readonly Row[], run: Run): Judged[] {
  return rows.map((row): Judged => {
    if (row.later !== undefined) return { row, result: 'later', reason: row.later }
    const results = row.tests.flatMap((test) => judgeTest(test, run))
    const [worst] = results.toSorted((a, b) => badness(b) - badness(a))
    return { row, ...(worst ?? { result: 'no such test' }) }
  })
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

/** As Markdown. */
export function table(judged: readonly Judged[]): string {
  const lines = judged.map(({ row: { id, what, tests }, result, reason }) => {
    const shown = reason === undefined ? result : `${result}: ${reason}`
    return `| ${id} | ${cell(what)} | ${tests.map(cell).join('<br>')} | ${cell(shown)} |`
  })
  return ['| row | what | test | result |', '|---|---|---|---|', ...lines, ''].join('\n')
}

/** In one line. */
export function summary(judged: readonly Judged[]): string {
  const counts = Map.groupBy(judged, ({ result }) => result)
  const passed = counts.get('passed')?.length ?? 0
  const others = [...counts].filter(([result]) => result !== 'passed')
  const rest = others.map(([result, of]) => `, ${of.length} ${result}`).join('')
  return `checklist: ${passed} of ${judged.length} rows passed${rest}`
}
