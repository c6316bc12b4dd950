/**
 * The choices of one history, as bytes that fast-check can shrink. A tape that runs out begins again.
 * Zero always picks the first of what is offered, which is the harmless one.
 */
export interface Tape {
  bytes: Uint8Array
  at: number
}

export const chance = (tape: Tape, of: number): number =>
  tape.bytes[tape.at++ % tape.bytes.length]! % of

export const pick = <Item>(tape: Tape, items: readonly Item[]): Item =>
  items[chance(tape, items.length)]!
