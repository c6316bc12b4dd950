import { median, type Figures } from './rounds.ts'

type All = Map<string, Figures>

const middle = (all: All, name: string, kind: keyof Figures): string =>
  `${median(all.get(name)![kind]).toFixed(2)} ms`

/** Median of the ratios of each round; the note tells the least, the greatest, and both medians. */
export function ratio(all: All, a: string, b: string, kind: keyof Figures) {
  const below = all.get(b)![kind]
  const ratios = all.get(a)![kind].map((value, i) => value / below[i]!)
  const span = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
  const note = ` (${span}; ${middle(all, a, kind)} : ${middle(all, b, kind)})`
  return { value: median(ratios), note }
}
