import { describe, it } from 'vitest'
import { judge, summary, table, type Run, type SeenTest } from './judge.ts'
import { later, row } from './row.ts'
import { ROWS } from './rows.ts'

const ROW = row('S1', 'a | b', 'http/x > draws', 'http/y > ends')

const run = (x: SeenTest[] | null, y?: SeenTest[], isWhole = true): Run => ({
  files: new Map([['http/x', x], ...(y ? [['http/y', y] as const] : [])]),
  isWhole,
})
const passed = (name: string): SeenTest => ({ name, state: 'passed' })
const ends = [passed('a job > ends')]

describe('a row of the checklist', () => {
  it.for<[string, Run]>([
    ['passed', run([passed('a > draws'), passed('a > draws again')], ends)],
    ['failed', run([passed('a > draws'), { name: 'a > draws again', state: 'failed' }], ends)],
    ['failed', run(null, ends)],
    ['skipped', run([{ name: 'a > draws', state: 'skipped', note: 'no curl' }], ends)],
    ['not run', run([{ name: 'a > draws', state: 'skipped' }], ends)],
    ['not run', run([{ name: 'a > draws', state: 'pending' }], ends)],
    ['not run', run([passed('a > draws')], undefined, false)],
    ['no such test', run([passed('a > draws')])],
    ['no such test', run([passed('a > paints')], ends, false)],
    ['no such test', run([], ends)],
  ])('is %s when its worst test is', ([result, seen], { expect }) => {
    expect(judge([ROW], seen)).toMatchObject([{ result }])
  })

  it('is in the table with its tests and reasons, and counted in one line', ({ expect }) => {
    const rows = [ROW, later('S2', 'c', 'not asked for'), row('S3', 'd', 'http/x > draws')]
    const skipped: SeenTest = { name: 'draws', state: 'skipped', note: 'no curl' }
    const judged = judge(rows, run([skipped], ends))
    expect(table(judged).split('\n').slice(2)).toEqual([
      '| S1 | a \\| b | http/x > draws<br>http/y > ends | skipped: no curl |',
      '| S2 | c |  | later: not asked for |',
      '| S3 | d | http/x > draws | skipped: no curl |',
      '',
    ])
    expect(summary(judged)).toBe('checklist: 0 of 3 rows passed, 2 skipped, 1 later')
  })
})

describe('the checklist', () => {
  it('has 144 rows in order, each with a test or a reason', ({ expect }) => {
    expect(ROWS.map(({ id }) => id)).toEqual(Array.from({ length: 144 }, (_, n) => `S${n + 1}`))
    expect(ROWS.filter((one) => one.tests.length === 0 && !one.later)).toEqual([])
    const tests = ROWS.flatMap((one) => one.tests)
    expect(tests.filter((test) => !/^[\w/-]+ > ./.test(test))).toEqual([])
  })
})
