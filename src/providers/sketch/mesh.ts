import { type Canvas, type Colour } from './rgb.ts'
import { drawEdge, fillTriangle, type Point } from './triangle.ts'

/** Three numbers of points, clockwise on the screen, and what fills them. */
export interface Face {
  corners: readonly [number, number, number]
  colour: Colour
}

/** Draws triangles between shared points, the edges between them smooth. */
export function drawMesh(canvas: Canvas, points: readonly Point[], faces: readonly Face[]): void {
  const open = new Map<number, { from: number; to: number; colour: Colour }>()
  const seams: { from: number; to: number; right: Colour; left: Colour }[] = []
  for (const { corners, colour } of faces) {
    fillTriangle(
      canvas,
      corners.map((corner) => points[corner]!),
      colour,
    )
    for (let side = 0; side < 3; side++) {
      const from = corners[side]!
      const to = corners[(side + 1) % 3]!
      const key = Math.min(from, to) * points.length + Math.max(from, to)
      const first = open.get(key)
      // Faces run clockwise: the first one lies right of its edge, the second left of it.
      if (!first) open.set(key, { from, to, colour })
      else if (first.colour !== colour) {
        seams.push({ from: first.from, to: first.to, right: first.colour, left: colour })
      }
    }
  }
  for (const { from, to, right, left } of seams) {
    drawEdge(canvas, points[from]!, points[to]!, right, left)
  }
}
