import { reset } from 'cloudflare:test'
import { afterAll, describe, it } from 'vitest'
import { account, admin, ask, generate, type Account } from '../support/client.ts'

/** Rounds of the race; fifty by hand: `VITE_RACES=50 npm test -- test/http/race`. */
const RACES = Number(import.meta.env['VITE_RACES'] ?? 2)
const RUNNERS = 200
/** Submissions that the balance is enough for. */
const WINNERS = 10
/** USD for an image. */
const PRICE = 0.04

afterAll(reset)

const LATER = { prefer: 'respond-async' }

async function endsOf({ key }: Account, ids: string[]): Promise<string[]> {
  const ends = await Promise.all(ids.map((id) => ask(`/v1/jobs/${id}?wait=60`, { key })))
  return ends.map(({ json }) => json.status)
}

describe('200 submissions at once on a balance for ten', () => {
  it(
    `admit exactly ten, ${RACES} times over`,
    async ({ expect }) => {
      for (let race = 0; race < RACES; race++) {
        const runner = await account({ balance_usd: WINNERS * PRICE })
        const answers = await Promise.all(
          Array.from({ length: RUNNERS }, (_, n) =>
            generate(
              runner.key,
              { prompt: `cube ${n}`, size: '64x64', model: 'sketch-priced' },
              LATER,
            ),
          ),
        )
        const admitted = answers.filter(({ status }) => status === 202)
        const refused = answers.filter(({ status }) => status === 402)
        expect([admitted.length, refused.length]).toEqual([WINNERS, RUNNERS - WINNERS])
        const ids: string[] = admitted.map(({ json }) => json.id)
        expect(await endsOf(runner, ids)).toEqual(Array(WINNERS).fill('succeeded'))

        const { json: balance } = await ask('/v1/balance', { key: runner.key })
        expect(balance).toEqual({ balance_usd: 0, reserved_usd: 0 })
        const { json: ledger } = await admin(`/tenants/${runner.tenant}/ledger?limit=100`)
        const charged = ledger.data.filter(({ kind }: { kind: string }) => kind === 'charge')
        expect(charged.map(({ job }: { job: string }) => job).toSorted()).toEqual(ids.toSorted())
        const { json: list } = await ask('/v1/jobs?limit=100', { key: runner.key })
        expect(list.data).toHaveLength(WINNERS)
      }
    },
    // Ten times what it takes.
    RACES * 30_000,
  )
})
