import { createOpenAI } from '@ai-sdk/openai'
import { APICallError, generateText, streamText } from 'ai'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { ask, openAccount } from './client.ts'

let gateway: Gateway
let key: string
let openai: ReturnType<typeof createOpenAI>
beforeAll(async () => {
  gateway = await startGateway()
  key = (await openAccount(gateway.url)).key
  openai = createOpenAI({ apiKey: key, baseURL: `${gateway.url}/v1` })
})
afterAll(() => gateway.stop())

const options = (model = 'sketch-1', partialImages = 0) => ({
  model: openai.responses('gpt-5.4'),
  prompt: 'a lake',
  tools: { draw: openai.tools.imageGeneration({ model, size: '256x256' as never, partialImages }) },
  maxRetries: 0,
})

const widthOf = (base64: string): number => Buffer.from(base64, 'base64').readUInt32BE(16)

describe.concurrent('the AI SDK with its OpenAI provider and the image tool', () => {
  it('gets the image as the result of the tool', async ({ expect }) => {
    const { staticToolResults, finishReason, usage } = await generateText(options())
    expect(staticToolResults.map(({ output }) => widthOf(output.result))).toEqual([256])
    expect([finishReason, usage.totalTokens]).toEqual(['stop', 0])
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
    const url = `${gateway.url}/v1/responses/${next.response.id}`
    const { json } = await ask<{ output: object[] }>(url, { key })
    expect(json.output).toMatchObject([{ action: 'edit' }])
  })

  it('throws an error with its status', async ({ expect }) => {
    const failed = generateText(options('sketch-moderated'))
    await expect(failed).rejects.toBeInstanceOf(APICallError)
    await expect(failed).rejects.toMatchObject({ statusCode: 400, isRetryable: false })
  })
})
