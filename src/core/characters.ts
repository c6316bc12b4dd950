/** Length as vendors count it: a character outside the basic plane is one, not the two of UTF-16. */
export function characters(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
