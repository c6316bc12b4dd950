export interface Row {
  /** Which bar, such as P2; a figure without one is told for its own sake. */
  bar: string
  what: string
  figure: string
  /** What it must be; null = no bar. */
  limit: string | null
  pass: boolean | null
}

/** `figure` in a unit, held against the most that it may be. */
export const atMost = (
  bar: string,
  what: string,
  [figure, most]: [number, number | null],
  unit: string,
  note = '',
): Row => ({
  bar,
  what,
  figure: `${figure.toFixed(2)} ${unit}${note}`,
  limit: most === null ? null : `<= ${most} ${unit}`,
  pass: most === null ? null : figure <= most,
})

const VERDICTS = new Map([
  [true, 'pass'],
  [false, 'FAIL'],
])

export function print({ bar, what, figure, limit, pass }: Row): void {
  const verdict = (pass === null ? undefined : VERDICTS.get(pass)) ?? ''
  console.log(
    `${bar.padEnd(4)}${what.padEnd(58)}${(limit ?? '').padEnd(12)}${verdict.padEnd(6)}${figure}`,
  )
}
