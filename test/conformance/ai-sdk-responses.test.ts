import { createOpenAI } from '@ai-sdk/openai'
import { APICallError, generateText, streamText } from 'ai'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { ask, sha256 } from './client.ts'
import { KINDS } from './upstream-kinds.ts'
import { sent } from './upstream-order.ts'
import { startStage, type Stage } from './upstream-stage.ts'

/** Upstreams that speak the two APIs of responses, and OpenAI's of images. */
const UPSTREAMS = ['max', 'openai', 'openai-responses'] as const

let stage: Stage
let openai: ReturnType<typeof createOpenAI>
beforeAll(async () => {
  stage = await startStage([
    ...UPSTREAMS.map((kind) => ({ id: `my-${kind}`, kind })),
    { id: 'streaming', kind: 'openai' },
  ])
  const baseURL = `${stage.gateway.url}/v1`
  openai = createOpenAI({ apiKey: stage.account.key, baseURL })
})
afterAll(() => stage.stop())

const options = (model = 'sketch-1', partialImages = 0, side = 256) => ({
  model: openai.responses('gpt-5.4'),
  prompt: 'a lake',
  tools: {
    draw: openai.tools.imageGeneration({
      model,
      size: `${side}x${side}` as '1024x1024',
      partialImages,
    }),
  },
  maxRetries: 0,
})

const widthOf = (base64: string): number => Buffer.from(base64, 'base64').readUInt32BE(16)
const hashOf = (base64: string): string => sha256(Buffer.from(base64, 'base64'))

describe.concurrent('the AI SDK with its OpenAI provider and the image tool', () => {
  it('gets the image as the result of the tool', async ({ expect }) => {
    const { staticToolResults, finishReason, usage } = await generateText(options())
    expect(staticToolResults.map(({ output }) => widthOf(output.result))).toEqual([256])
    expect([finishReason, usage.totalTokens]).toEqual(['stop', 0])
  })

  it.for(UPSTREAMS)(
    'gets the image that %s drew as the result of the tool',
    async (kind, { expect }) => {
      const model = `my-${kind}/${KINDS[kind].model}`
      const { staticToolResults } = await generateText(options(model, 0, 1024))
      const drawn = staticToolResults.map(({ output }) => hashOf(output.result))
      expect(drawn).toEqual(sent(stage.servers.get(`my-${kind}`)!).slice(0, 1))
    },
  )

  it('streams the partial images of an upstream, and its result', async ({ expect }) => {
    const model = `streaming/${KINDS.openai.model}`
    const { fullStream } = streamText(options(model, 2, 1024))
    const hashes: string[] = []
    for await (const part of fullStream) {
      if (part.type === 'error') throw part.error
      if (part.type === 'tool-result' && !part.dynamic) hashes.push(hashOf(part.output.result))
    }
    expect(new Set(hashes).size).toBe(3)
    expect(hashes.at(-1)).toBe(sent(stage.servers.get('streaming')!)[0])
  })

  it('streams partial images and the result', async ({ expect }) => {
    const { fullStream } = streamText(options('sketch-1', 2))
    const widths: number[] = []
    for await (const part of fullStream) {
      if (part.type === 'error') throw part.error
      if (part.type === 'tool-result' && !part.dynamic) widths.push(widthOf(part.output.result))
    }
    expect(widths).toEqual([64, 64, 256])
  })

  it('goes on from the image it got, which it puts back', async ({ expect }) => {
    const first = await generateText(options())
    const { prompt: _prompt, ...rest } = options()
    const next = await generateText({
      ...rest,
      messages: [
        { role: 'user', content: 'a lake' },
        ...first.response.messages,
        { role: 'user', content: 'now in blue' },
      ],
    })
    expect(next.staticToolResults).toHaveLength(1)
    const url = `${stage.gateway.url}/v1/responses/${next.response.id}`
    const { json } = await ask<{ output: object[] }>(url, { key: stage.account.key })
    expect(json.output).toMatchObject([{ action: 'edit' }])
  })

  it('throws an error with its status', async ({ expect }) => {
    const failed = generateText(options('sketch-moderated'))
    await expect(failed).rejects.toBeInstanceOf(APICallError)
    await expect(failed).rejects.toMatchObject({ statusCode: 400, isRetryable: false })
  })
})
