import { afterAll, beforeAll, describe, it } from 'vitest'
import { ask } from './client.ts'
import { CLIENT_APIS } from './dialects.ts'
import type { KindName } from './upstream-kinds.ts'
import { submits } from './upstream-order.ts'
import { startStage, type Stage } from './upstream-stage.ts'

/** Upstreams that draw sizes, and one that takes none. */
const ASKED: Partial<Record<KindName, string | null>> = {
  openai: '1536x1024',
  together: '768x512',
  max: '768x512',
  oxen: null,
}
const KINDS = Object.keys(ASKED) as KindName[]

let stage: Stage
beforeAll(async () => {
  stage = await startStage(
    KINDS.flatMap((kind) => CLIENT_APIS.map(({ name }) => ({ id: `${name}-${kind}`, kind }))),
  )
})
afterAll(() => stage.stop())

describe.concurrent('the same wish', () => {
  it.for(KINDS)(
    'reaches %s as the same body, whatever API it came by',
    async (kind, { expect }) => {
      const size = ASKED[kind]
      const bodies = await Promise.all(
        CLIENT_APIS.map(async ({ name, path, body, answer }) => {
          const server = stage.servers.get(`${name}-${kind}`)!
          const prompt = 'a mill by the sea'
          const { status, json } = await ask(stage.gateway.url + path, {
            key: stage.account.key,
            body: body({ model: server.model, prompt, ...(size && { size }) }),
          })
          expect([name, status, answer.safeParse(json).error]).toEqual([name, 200, undefined])
          const sent = submits(server).map((one) => ({ path: one.path, json: one.body.json }))
          expect(sent).toHaveLength(1)
          return sent[0]!
        }),
      )
      expect(Object.values(bodies[0]!.json as object)).toContain('a mill by the sea')
      for (const one of bodies) expect(one).toEqual(bodies[0])
    },
  )
})
