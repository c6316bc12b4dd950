/** Values that may be logged: ids, codes, sizes and durations; never prompts, links or bodies. */
type Field = string | number | boolean | null | undefined

/** One JSON line. */
export function log(event: string, fields: Record<string, Field>): void {
  console.log(JSON.stringify({ event, ...fields }))
}

/** What may be logged of a thing that was thrown: its class and message, one line, at most 300 characters. */
export function describeCause(caught: unknown): string {
  if (!(caught instanceof Error)) return typeof caught
  return `${caught.name}: ${caught.message}`.replaceAll(/\s+/g, ' ').slice(0, 300)
}
