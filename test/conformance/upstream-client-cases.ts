import { createOpenAI } from '@ai-sdk/openai'
import { generateImage } from 'ai'
import OpenAI, { toFile } from 'openai'
import { encodePng } from '../upstreams/png.ts'

/** Where a client sends to. */
export interface Place {
  baseURL: string
  apiKey: string
}

const picture = (text: string): Buffer =>
  encodePng({ width: 64, height: 64, text, transparent: true, noisy: false, bytes: 0 })
const [MILL, MASK] = [picture('a mill'), picture('a mask')]

const sdk = (place: Place) => createOpenAI(place).image('gpt-image-2')
const client = (place: Place) => new OpenAI({ ...place, maxRetries: 0 })
const file = (bytes: Buffer, name: string) => toFile(bytes, name, { type: 'image/png' })

const ALL = {
  size: '1536x1024',
  quality: 'high',
  background: 'transparent',
  output_format: 'webp',
  output_compression: 80,
  moderation: 'low',
} as const

interface Difference {
  direct?: string
  through?: string
  why: string
}

interface Case {
  name: string
  send: (place: Place) => Promise<unknown>
  /** Fields that the gateway sends otherwise than the client. */
  differs?: Record<string, Difference>
}

const END_USER: Record<string, Difference> = {
  user: { direct: 'u-1', why: 'deprecated by OpenAI' },
  safety_identifier: { through: 'u-1', why: 'takes the place of user' },
}
const DEFAULTS: Record<string, Difference> = {
  n: { through: '1', why: 'the gateway says how many it reserves money for' },
  size: { direct: 'auto', why: 'what OpenAI does without a size' },
}

/** Requests of stock clients. */
export const CASES: Case[] = [
  {
    name: 'AI SDK, a prompt',
    send: (place) => generateImage({ model: sdk(place), prompt: 'a mill' }),
  },
  {
    name: 'AI SDK, all options',
    send: (place) =>
      generateImage({
        model: sdk(place),
        prompt: 'a mill',
        n: 3,
        size: '1536x1024',
        providerOptions: { openai: { quality: 'high', background: 'transparent', user: 'u-1' } },
      }),
    differs: END_USER,
  },
  {
    name: 'AI SDK, an edit',
    send: (place) =>
      generateImage({ model: sdk(place), prompt: { text: 'a mill', images: [MILL, MASK] } }),
  },
  {
    name: 'AI SDK, an edit with a mask',
    send: (place) =>
      generateImage({ model: sdk(place), prompt: { text: 'a mill', images: [MILL], mask: MASK } }),
  },
  {
    name: 'openai, all options',
    send: (place) =>
      client(place).images.generate({
        ...ALL,
        model: 'gpt-image-2',
        prompt: 'a mill',
        n: 2,
        user: 'u-1',
      }),
    differs: END_USER,
  },
  {
    name: 'openai, an older model',
    send: (place) =>
      client(place).images.generate({
        model: 'gpt-image-1.5',
        prompt: 'a mill',
        size: 'auto',
        quality: 'auto',
      }),
    differs: DEFAULTS,
  },
  {
    name: 'openai, an edit with everything',
    send: async (place) =>
      client(place).images.edit({
        model: 'gpt-image-1.5',
        prompt: 'a mill',
        image: [await file(MILL, 'mill.png'), await file(MASK, 'other.png')],
        mask: await file(MASK, 'mask.png'),
        size: '1024x1024',
        quality: 'low',
        input_fidelity: 'high',
        output_format: 'jpeg',
        output_compression: 50,
        n: 2,
      }),
  },
]
