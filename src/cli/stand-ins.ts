/** Models drawn by sketch, counted by the secret whose absence is the reason. */
export type StandIns = Map<string, number>

interface Models {
  data: { id: string; stand_in: string | null }[]
}

interface DryRun {
  warnings?: { message: string }[]
}

/** The gateway says why in a warning: "drawn by sketch: OPENAI_API_KEY is not set". */
const REASON = /\b([A-Z][A-Z0-9_]+) is not set/

/** Of models that the trial below does not fit, such as those that only edit. */
const OTHER = 'the key of their upstream'

/** Asks the gateway which models sketch stands in for, and why. Nothing is drawn. */
export async function standIns(url: string, key: string): Promise<StandIns> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v1/models`, { headers })
  if (!answer.ok) throw new Error(`GET /v1/models: ${answer.status} ${await answer.text()}`)
  const { data } = (await answer.json()) as Models
  const counts: StandIns = new Map()
  for (const { id } of data.filter(({ stand_in }) => stand_in)) {
    const body = JSON.stringify({ model: id, prompt: 'a cube', gateway: { dry_run: true } })
    const planned = await fetch(`${url}/v1/images/generations`, { method: 'POST', headers, body })
    const { warnings = [] } = (await planned.json()) as DryRun
    const secret = warnings.flatMap(({ message }) => REASON.exec(message)?.[1] ?? [])[0] ?? OTHER
    counts.set(secret, (counts.get(secret) ?? 0) + 1)
  }
  return counts
}
