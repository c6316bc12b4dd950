import { runInNewContext } from 'node:vm'
import * as z from 'zod'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { ask, openAccount } from './client.ts'
import { readBlocks } from './seeds/blocks.ts'

let gateway: Gateway
let key: string
beforeAll(async () => {
  gateway = await startGateway()
  ;({ key } = await openAccount(gateway.url))
})
afterAll(() => gateway.stop())

const codeOf = (name: string): string => readBlocks().find((block) => block.name === name)!.code

async function generate(path: string, body: object): Promise<Record<string, unknown>> {
  const url = `${gateway.url}${path}/v1/images/generations`
  const { status, json } = await ask<Record<string, unknown>>(url, { key, body })
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(json)}`)
  return json
}

/** Where an answer lacks a key of the example, or has another type there. Items are like the first. */
function gaps(example: unknown, answer: unknown, at = ''): string[] {
  if (Array.isArray(example)) {
    if (!Array.isArray(answer)) return [`${at}: no array`]
    return answer.flatMap((item, i) => gaps(example[0], item, `${at}[${i}]`))
  }
  if (typeof example !== 'object' || example === null)
    return typeof answer === typeof example ? [] : [`${at}: ${typeof answer}`]
  if (typeof answer !== 'object' || answer === null) return [`${at}: no object`]
  const has = answer as Record<string, unknown>
  return Object.entries(example).flatMap(([name, value]) =>
    name in has ? gaps(value, has[name], `${at}.${name}`) : [`${at}.${name} is missing`],
  )
}

const TREX = {
  model: 'flux/kontext-max/text-to-image',
  prompt: 'A T-Rex relaxing on a beach, lying on a sun lounger and wearing sunglasses.',
  aspect_ratio: '21:9',
}

/** OpenAPI 3.0 says `nullable` where JSON Schema has a type `null`. */
function nullable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(nullable)
  if (typeof schema !== 'object' || schema === null) return schema
  const { nullable: may, ...rest } = schema as Record<string, unknown>
  const inner = Object.fromEntries(Object.entries(rest).map(([k, value]) => [k, nullable(value)]))
  return may === true ? { anyOf: [inner, { type: 'null' }] } : inner
}

describe.concurrent('answers beside the data on the vendors’ pages', () => {
  it.for(['', '/aiml'])('are those of AI/ML API’s schema at %s/', async (path, { expect }) => {
    const page = JSON.parse(codeOf('aimlapi-kontext-text-to-image 1')) as {
      paths: Record<string, { post: { responses: Record<string, { content: object }> } }>
    }
    const { content } = page.paths['/v1/images/generations']!.post.responses['200']!
    const { schema } = (content as Record<string, { schema: unknown }>)['application/json']!
    const shape = z.fromJSONSchema(nullable(schema) as z.core.JSONSchema.JSONSchema)
    const answer = await generate(path, TREX)
    expect(shape.safeParse(answer).error).toBeUndefined()
    expect(answer['data']).toHaveLength(1)
  })

  it('have every key of AI/ML API’s example, and its size', async ({ expect }) => {
    const code = codeOf('aimlapi-kontext-text-to-image 4')
    const example = runInNewContext(`(${code})`) as object
    const answer = await generate('/aiml', TREX)
    expect(gaps(JSON.parse(JSON.stringify(example)), answer)).toEqual([])
    expect(answer).toMatchObject({ images: [{ width: 1568, height: 672 }], prompt: TREX.prompt })
  })

  it.for(['', '/modelmax'])('are ModelMax’s for its example at %s/', async (path, { expect }) => {
    const example = JSON.parse(codeOf('modelmax-images-generations 1')) as object
    const answer = await generate(path, example)
    expect(answer).toMatchObject({ data: [{ b64_json: expect.any(String) }] })
    const shown = JSON.parse(codeOf('modelmax-images-generations 2')) as { data: object[] }
    // A prompt that was not rewritten has nothing to show.
    const { url } = shown.data[0] as { url: string }
    const linked = await generate(path, { ...example, response_format: 'url' })
    expect(gaps({ ...shown, data: [{ url }] }, linked)).toEqual([])
  })
})
