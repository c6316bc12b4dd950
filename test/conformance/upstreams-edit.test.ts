import { afterAll, beforeAll, describe, it } from 'vitest'
import { encodePng } from '../upstreams/png.ts'
import { download, sha256 } from './client.ts'
import { KINDS, type KindName } from './upstream-kinds.ts'
import { sent, type ImagesAnswer } from './upstream-order.ts'
import { startStage, type Stage } from './upstream-stage.ts'

const picture = (text: string, bytes: number): Buffer =>
  encodePng({ width: 512, height: 512, text, transparent: true, noisy: false, bytes })
const INPUT = picture('a mill', 3_000_000)
const MASK = picture('a mask', 0)

/** The models of these draw from a prompt only. */
const NO_EDITS: KindName[] = ['aimlapi', 'modelmax', 'together']
const NAMES = (Object.keys(KINDS) as KindName[]).filter((kind) => !NO_EDITS.includes(kind))
const MASKED = ['openai', 'openai-responses', 'stable-diffusion.cpp'] as const

let stage: Stage
beforeAll(async () => {
  stage = await startStage([
    ...NAMES.map((kind) => ({ id: `my-${kind}`, kind })),
    ...MASKED.map((kind) => ({ id: `masked-${kind}`, kind })),
  ])
})
afterAll(() => stage.stop())

const file = (bytes: Buffer): Blob => new Blob([new Uint8Array(bytes)], { type: 'image/png' })

async function edit(id: string, images: Record<string, Buffer>) {
  const server = stage.servers.get(id)!
  const form = new FormData()
  form.set('model', server.model)
  form.set('prompt', 'with a boat')
  form.set('response_format', 'url')
  for (const [name, bytes] of Object.entries(images)) form.set(name, file(bytes), `${name}.png`)
  const { gateway, account } = stage
  const answer = await fetch(`${gateway.url}/v1/images/edits`, {
    method: 'POST',
    headers: { authorization: `Bearer ${account.key}` },
    body: form,
  })
  return { server, json: (await answer.json()) as ImagesAnswer }
}

describe('an edit', () => {
  it.for(NAMES)('brings its image to %s byte for byte', async (kind, { expect }) => {
    const { server, json } = await edit(`my-${kind}`, { image: INPUT })
    expect(json).not.toHaveProperty('error')
    expect(server.ledger.calls.map(({ inputs }) => inputs)).toEqual([
      [{ sha256: sha256(INPUT), bytes: INPUT.length }],
    ])
    const image = await download(json.data![0]!.url!)
    expect(image).toMatchObject({ status: 200, sha256: sent(server)[0] })
  })

  it.for(MASKED)('brings its mask to %s', async (kind, { expect }) => {
    const { server, json } = await edit(`masked-${kind}`, { image: INPUT, mask: MASK })
    expect(json).not.toHaveProperty('error')
    expect(server.ledger.calls.map(({ inputs }) => inputs.map((input) => input.sha256))).toEqual([
      [sha256(INPUT), sha256(MASK)],
    ])
  })
})
