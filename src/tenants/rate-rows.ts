import { markAfter, WINDOW_MS, type Mark, type RateLog, type Unit } from './rate.ts'

const COLUMNS = 'SELECT at, requests, images FROM rate WHERE scope = ?'

/** The admissions of one scope as they lie in the tenant's rows. */
export class RateRows implements RateLog {
  readonly #sql: SqlStorage
  readonly #scope: string
  /** Rows from so far ahead were written by a clock that was wrong: they count no more. */
  #isWrong = false

  constructor(sql: SqlStorage, scope: string, now: number) {
    this.#sql = sql
    this.#scope = scope
    this.#isWrong = (this.newest()?.at ?? 0) > now + WINDOW_MS
  }

  newest(): Mark | null {
    return this.#first(`${COLUMNS} ORDER BY requests DESC LIMIT 1`)
  }

  /** Reads from the oldest on: what it passes is deleted by the next admission. */
  until(at: number): Mark | null {
    let last: Mark | null = null
    if (this.#isWrong) return last
    for (const mark of this.#sql.exec<Mark>(`${COLUMNS} ORDER BY requests`, this.#scope)) {
      if (mark.at > at) break
      last = mark
    }
    return last
  }

  reaching(unit: Unit, total: number): Mark | null {
    return this.#first(`${COLUMNS} AND ${unit} >= ? ORDER BY requests LIMIT 1`, total)
  }

  take(images: number, now: number): void {
    if (this.#isWrong) this.#sql.exec('DELETE FROM rate WHERE scope = ?', this.#scope)
    this.#isWrong = false
    const { at, requests, images: total } = markAfter(this.newest(), images, now)
    const gone = this.until(at - WINDOW_MS)
    // The last that is gone stays: the others are counted from it.
    if (gone)
      this.#sql.exec(
        'DELETE FROM rate WHERE scope = ? AND requests < ?',
        this.#scope,
        gone.requests,
      )
    this.#sql.exec('INSERT INTO rate VALUES (?, ?, ?, ?)', this.#scope, requests, total, at)
  }

  #first(query: string, ...bound: number[]): Mark | null {
    if (this.#isWrong) return null
    return this.#sql.exec<Mark>(query, this.#scope, ...bound).toArray()[0] ?? null
  }
}

/** Scopes that took nothing for a minute start anew. */
export function deleteIdleRates(sql: SqlStorage, now: number): void {
  sql.exec(
    'DELETE FROM rate WHERE scope IN (SELECT scope FROM rate GROUP BY scope HAVING max(at) <= ?)',
    now - WINDOW_MS,
  )
}
