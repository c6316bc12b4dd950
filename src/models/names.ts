import type { Model, Route } from '../core/model.ts'

/** The name that pins a route: everything after the first slash is the upstream's own. */
export const exactName = ({ upstream, model }: Route): string => `${upstream}/${model}`

/**
 * Every name beside the ids: aliases, and exact names where neither an id nor an alias has them.
 * The first model wins an exact name that several share.
 */
export function indexNames(models: ReadonlyMap<string, Model>): Map<string, string> {
  const names = new Map<string, string>()
  const add = (name: string, id: string) => {
    if (!models.has(name) && !names.has(name)) names.set(name, id)
  }
  for (const model of models.values()) for (const alias of model.aliases) add(alias, model.id)
  for (const model of models.values())
    for (const route of model.routes) add(exactName(route), model.id)
  return names
}

/** Names longer than this are compared with nothing: nobody mistyped them. */
const LONGEST_COMPARED = 100

/** Up to three names that the caller may have meant, nearest first. */
export function nearNames(asked: string, names: Iterable<string>): string[] {
  if (asked.length > LONGEST_COMPARED) return []
  // An id may have been asked for behind the name of an upstream.
  const texts = [asked, asked.slice(asked.indexOf('/') + 1)].map(comparable)
  return [...names]
    .map((name) => ({
      name,
      distance: Math.min(...texts.map((text) => nearness(text, comparable(name)))),
    }))
    .filter(({ distance }) => distance < Infinity)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** Vendors write the same name with slashes, dots and dashes. */
const comparable = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')

/** Edit distance; Infinity beyond what a third of the text may be mistyped. */
function nearness(text: string, name: string): number {
  const distance = nameDistance(text, name)
  return distance <= Math.max(2, text.length / 3) ? distance : Infinity
}

/** Edit distance; at most 1 where one name is a part of the other. */
function nameDistance(a: string, b: string): number {
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  if (short.length > 3 && long.includes(short)) return a === b ? 0 : 1
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
