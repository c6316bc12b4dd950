import { mkdirSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, TestModule, Vitest } from 'vitest/node'
import { judge, summary, table, type SeenTest } from './judge.ts'
import { ROWS } from './rows.ts'

const TABLE = 'dist/checklist.md'

const nameOf = (moduleId: string): string =>
  relative(`${import.meta.dirname}/..`, moduleId).replace(/\.test\.ts$/, '')

function seenIn(module: TestModule): SeenTest[] | null {
  if (module.errors().length > 0) return null
  return [...module.children.allTests()].map((test) => {
    const result = test.result()
    const note = result.state === 'skipped' ? result.note : undefined
    return { name: test.fullName, state: result.state, note }
  })
}

function write(text: string): void {
  mkdirSync('dist', { recursive: true })
  writeFileSync(TABLE, text)
  process.stdout.write(`checklist: row by row in ${TABLE}\n`)
}

/** Tells which rows of the checklist this run has proved; a whole one leaves a table of them. */
export class Checklist implements Reporter {
  #vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const files = new Map(modules.map((module) => [nameOf(module.moduleId), seenIn(module)]))
    const isWhole = await this.#isWhole(files)
    const judged = judge(ROWS, { files, isWhole })
    process.stdout.write(`${summary(judged)}\n`)
    // Of a part of the tests it would say nothing that the line does not.
    if (isWhole) write(table(judged))
    const wrong = judged.filter(({ result }) => result === 'no such test')
    for (const { row, reason } of wrong)
      process.stdout.write(`checklist: ${row.id} names a test that is not there: ${reason}\n`)
    if (isWhole && wrong.length > 0) process.exitCode = 1
  }

  /** Whether every test file there is was run, with all of its tests. */
  async #isWhole(files: ReadonlyMap<string, unknown>): Promise<boolean> {
    const { config } = this.#vitest!
    if (config.testNamePattern || config.project.length > 0) return false
    const all = await this.#vitest!.globTestSpecifications()
    return all.every(({ moduleId }) => files.has(nameOf(moduleId)))
  }
}
