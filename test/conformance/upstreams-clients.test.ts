import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { startUpstreams, type Upstreams } from '../upstreams/start.ts'
import { openAccount } from './client.ts'
import { CASES, type Place } from './upstream-client-cases.ts'

let upstreams: Upstreams
let gateway: Gateway
let key: string
beforeAll(async () => {
  upstreams = await startUpstreams()
  const base = `${upstreams.url}/openai/v1`
  gateway = await startGateway({ vars: { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: base } })
  key = (await openAccount(gateway.url)).key
})
afterAll(async () => {
  await gateway.stop()
  await upstreams.stop()
})

/** What reached the upstream: fields by name, and the bytes of images wherever they stood. */
interface Arrived {
  path: string
  fields: Record<string, unknown>
  inputs: { sha256: string; bytes: number }[]
}

/** A form holds texts only. */
const asText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

async function arrivedFrom(send: (place: Place) => Promise<unknown>, place: Place) {
  upstreams.ledger.clear()
  await send(place)
  const { requests, calls } = upstreams.ledger
  return requests.map(({ path, body }, i): Arrived => {
    const json = body.json as Record<string, unknown>
    const { images: _, mask: __, ...rest } = json
    const texts = (body.form ?? []).filter((part) => part.filename === undefined)
    const fields = body.form
      ? texts.map(({ name, value }) => [name, value])
      : Object.entries(rest).map(([name, value]) => [name, asText(value)])
    return { path, fields: Object.fromEntries(fields), inputs: calls[i]!.inputs }
  })
}

function differences(direct: Arrived, through: Arrived) {
  const names = new Set([...Object.keys(direct.fields), ...Object.keys(through.fields)])
  return Object.fromEntries(
    [...names]
      .filter((name) => direct.fields[name] !== through.fields[name])
      .map((name) => [name, { direct: direct.fields[name], through: through.fields[name] }]),
  )
}

describe('a request through the gateway', () => {
  it.for(CASES)(
    'arrives as if sent straight ($name)',
    async ({ send, differs = {} }, { expect }) => {
      const base = `${upstreams.url}/openai/v1`
      const direct = await arrivedFrom(send, { baseURL: base, apiKey: 'k' })
      const through = await arrivedFrom(send, { baseURL: `${gateway.url}/v1`, apiKey: key })
      expect(through.map(({ path }) => path)).toEqual(direct.map(({ path }) => path))
      expect(through.map(({ inputs }) => inputs)).toEqual(direct.map(({ inputs }) => inputs))
      const known = Object.entries(differs).map(([name, { direct: one, through: other }]) => [
        name,
        { direct: one, through: other },
      ])
      for (const [i, one] of direct.entries())
        expect(differences(one, through[i]!)).toEqual(Object.fromEntries(known))
      expect(direct.length).toBeGreaterThan(0)
    },
  )
})
