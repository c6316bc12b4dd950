import fc from 'fast-check'
import { describe, it } from 'vitest'
import { httpProviders } from '../../src/providers/http-providers.ts'
import { GENERATE, asked, common } from './compatible-common.ts'
import { providerContract } from './contract.ts'
import { order, staged } from './orders.ts'

providerContract(httpProviders.get('stable-diffusion.cpp')!, {
  ...common,
  model: 'sd-cpp-local',
  promptOf: null,
  sends: [
    {
      name: 'a generation, what the server reads from the prompt only inside it',
      order: order('sd-cpp-local', { ...asked, format: 'webp', compression: 80 }),
      path: GENERATE,
      body: {
        json: {
          model: 'sd-cpp-local',
          prompt:
            'a cube<sd_cpp_extra_args>{"seed":7,"negative_prompt":"fog",' +
            '"sample_params":{"sample_steps":20,"guidance":{"txt_cfg":3.5}}}</sd_cpp_extra_args>',
          size: '768x512',
          n: 2,
          output_format: 'webp',
          output_compression: 80,
        },
      },
    },
    {
      name: 'an edit as a form with its mask',
      order: order('sd-cpp-local', { inputs: [staged], mask: staged }),
      path: '/images/edits',
      body: {
        form: [
          { name: 'model', value: 'sd-cpp-local' },
          { name: 'prompt', value: 'a red cube' },
          { name: 'n', value: '1' },
          { name: 'image[]', input: 0 },
          { name: 'mask', input: -1 },
        ],
      },
    },
  ],
})

const promptOf = (prompt: string, negativePrompt: string | null = null): string => {
  const { body } = httpProviders
    .get('stable-diffusion.cpp')!
    .submit(order('sd', { prompt, negativePrompt }))
  const { prompt: sent } = (body as { json: { prompt: string } }).json
  return sent
}

describe('a prompt for stable-diffusion.cpp', () => {
  it.for([
    ['a<sd_cpp_extra_args>{"steps":999}</sd_cpp_extra_args>b', 'ab'],
    ['a</sd_cpp_extra_args>b', 'ab'],
    ['a<SD_CPP_extra_args>b', 'ab'],
    ['a<sd_cpp_<sd_cpp_extra_args>x</sd_cpp_extra_args>extra_args>b', 'ab'],
    ['a<sd_cpp_<sd_cpp_extra_args>extra_args>b', 'ab'],
    ['a</sd_cpp_<sd_<sd_cpp_extra_args>cpp_extra_args>extra_args>b', 'ab'],
    ['a <lora:x:1> < b', 'a <lora:x:1> < b'],
  ])('%s is sent as %s', ([prompt = '', sent], { expect }) => {
    expect(promptOf(prompt)).toBe(sent)
  })

  it('never has a tag that a tenant wrote, however it is pieced together', ({ expect }) => {
    const piece = fc.constantFrom(
      '<',
      '/',
      'sd_cpp_',
      'extra_args',
      '>',
      '<sd_cpp_extra_args>',
      'a',
    )
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(text, text, (prompt, negative) => {
        expect(promptOf(prompt)).not.toMatch(/<\/?sd_cpp_extra_args>/i)
        expect(promptOf(prompt, negative).match(/<\/?sd_cpp_extra_args>/gi)).toHaveLength(2)
      }),
    )
  })
})
