/** Models drawn by sketch, counted by the reason why. */
export type StandIns = Map<string, number>

interface Models {
  data: { stand_in: string | null; unavailable_because: string | null }[]
}

/** Asks the gateway which models sketch stands in for, and why. */
export async function standIns(url: string, key: string): Promise<StandIns> {
  const headers = { authorization: `Bearer ${key}` }
  const answer = await fetch(`${url}/v1/models`, { headers })
  if (!answer.ok) throw new Error(`GET /v1/models: ${answer.status} ${await answer.text()}`)
  const { data } = (await answer.json()) as Models
  const reasons = data.flatMap(({ stand_in, unavailable_because: why }) =>
    stand_in !== null && why !== null ? [why] : [],
  )
  const counts: StandIns = new Map()
  for (const why of reasons) counts.set(why, (counts.get(why) ?? 0) + 1)
  return counts
}
