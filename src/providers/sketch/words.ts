/** Characters of a prompt that are read for words; 32,000 may come, the subject stands in front. */
const MAX_READ = 2_000

/** A prompt's words in order, in lower case. */
export const readWords = (prompt: string): string[] =>
  prompt
    .slice(0, MAX_READ)
    .toLowerCase()
    .match(/\p{L}+/gu) ?? []

/** The word itself and, as plurals go, without its last s or es. */
function forms(word: string): string[] {
  if (!word.endsWith('s')) return [word]
  const short = [word, word.slice(0, -1)]
  return word.endsWith('es') ? [...short, word.slice(0, -2)] : short
}

/** Each value that the vocabulary has for one of the words, in the order of the words. */
export function allKnown<T>(words: string[], vocabulary: Map<string, T>): T[] {
  return words.flatMap((word) => {
    const known = forms(word).find((form) => vocabulary.has(form))
    return known === undefined ? [] : [vocabulary.get(known)!]
  })
}

/** Whether any of the prompt's words, or its singular, is one of `wanted`. */
export const mentions = (words: string[], wanted: Set<string>): boolean =>
  words.some((word) => forms(word).some((form) => wanted.has(form)))

/** A list of words as a set. */
export const wordSet = (list: string): Set<string> => new Set(list.trim().split(/\s+/))
