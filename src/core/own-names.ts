/** The caller's names of parameters beside ours, where they differ. */
export type OwnNames = [ours: string, own: string][]

/** Words that stand for things, too: names only where they are quoted. */
const WORDS = ['image', 'mask', 'prompt']

/** An error or a warning in the names that its caller wrote. */
export function inOwnNames<T extends { param: string | null; message: string }>(
  told: T,
  names: OwnNames = [],
): T {
  if (names.length === 0) return told
  const own = new Map(names)
  const [field = '', ...path] = (told.param ?? '').split('.')
  const forms = names.map(([name, theirs]) =>
    WORDS.includes(name) || theirs.includes('.') ? `(?<=')${name}(?=['.])` : `\\b${name}\\b`,
  )
  return {
    ...told,
    param: told.param && [own.get(field) ?? field, ...path].join('.'),
    message: told.message.replace(new RegExp(forms.join('|'), 'g'), (name) => own.get(name)!),
  }
}

/** Of several names for one thing, the first that a body has. */
export const namesIn = (body: object, table: readonly (readonly string[])[]): OwnNames => {
  const sent = new Map<string, unknown>(Object.entries(body))
  return table.flatMap(([ours, ...known]): OwnNames => {
    const own = known.find((name) => sent.get(name) != null)
    return own === undefined || own === ours ? [] : [[ours!, own]]
  })
}
