/**
 * A drawing on the unit square: for a point, how far it lies inside the figure
 * and inside the accent on top of it, in tile widths (negative: outside).
 */
export type Motif = (u: number, v: number) => readonly [figure: number, accent: number]

/** Far outside everything. */
const NOWHERE = -1

const distance = (u: number, v: number, centreU: number, centreV: number): number =>
  Math.sqrt((u - centreU) ** 2 + (v - centreV) ** 2)

/** A quarter circle in the corner with a smaller one inside. */
const quarter: Motif = (u, v) => {
  const far = distance(u, v, 0, 0)
  return [1 - far, 0.5 - far]
}

/** Three arcs around a corner. */
const rainbow: Motif = (u, v) => {
  const far = distance(u, v, 0, 0)
  return [Math.min(1 - far, far - 0.75), Math.min(0.55 - far, far - 0.3)]
}

const target: Motif = (u, v) => {
  const far = distance(u, v, 0.5, 0.5)
  return [0.42 - far, 0.2 - far]
}

const ring: Motif = (u, v) => {
  const far = distance(u, v, 0.5, 0.5)
  return [Math.min(0.42 - far, far - 0.2), NOWHERE]
}

const diagonal: Motif = (u, v) => [(v - u) * Math.SQRT1_2, NOWHERE]

/** Two half circles, one above the other. */
const domes: Motif = (u, v) => {
  const upper = Math.min(0.5 - v, 0.5 - distance(u, v, 0.5, 0.5))
  return [Math.max(upper, 0.5 - distance(u, v, 0.5, 1)), NOWHERE]
}

/** Two quarter circles from opposite corners: the leaf where they meet. */
const leaf: Motif = (u, v) => {
  const inside = Math.min(1 - distance(u, v, 0, 0), 1 - distance(u, v, 1, 1))
  return [inside, inside - 0.16]
}

const stripes: Motif = (u) => [(0.25 - Math.abs(((u * 4) % 1) - 0.5)) / 4, NOWHERE]

const dots: Motif = (u, v) => {
  const far = distance((u * 3) % 1, (v * 3) % 1, 0.5, 0.5)
  return [(0.28 - far) / 3, NOWHERE]
}

/** Half the square, and a square of half its height in the other half. */
const blocks: Motif = (u, v) => [0.5 - u, Math.min(u - 0.5, 0.5 - v)]

/** A circle behind a rising triangle. */
const hill: Motif = (u, v) => [
  0.26 - distance(u, v, 0.5, 0.36),
  Math.min(v - 0.36 - Math.abs(u - 0.5) * 1.28, 0.95) * 0.62,
]

/** A four-pointed star between four quarter circles. */
const star: Motif = (u, v) => {
  const nearest = Math.min(u, 1 - u) ** 2 + Math.min(v, 1 - v) ** 2
  return [Math.sqrt(nearest) - 0.5, 0.12 - distance(u, v, 0.5, 0.5)]
}

export const MOTIFS: readonly Motif[] = [
  quarter,
  quarter,
  rainbow,
  target,
  ring,
  diagonal,
  domes,
  leaf,
  stripes,
  dots,
  blocks,
  hill,
  star,
]
