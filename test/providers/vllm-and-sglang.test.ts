import { httpProviders } from '../../src/providers/http-providers.ts'
import { GENERATE, asked, common } from './compatible-common.ts'
import { providerContract } from './contract.ts'
import { order, staged } from './orders.ts'
import type { Recordings } from './recordings.ts'

const multipart = (name: string, model: string): Recordings['sends'][number] => ({
  name: 'an edit as a form',
  order: order(model, { inputs: [staged, staged], mask: staged, steps: 20 }),
  path: '/images/edits',
  body: {
    form: [
      { name: 'model', value: model },
      { name: 'prompt', value: 'a red cube' },
      { name: 'response_format', value: 'b64_json' },
      { name: 'n', value: '1' },
      { name: 'num_inference_steps', value: '20' },
      { name, input: 0 },
      { name, input: 1 },
    ],
  },
})

const diffusion = (model: string): Recordings => ({
  ...common,
  model,
  sends: [
    {
      name: 'a generation',
      order: order(model, asked),
      path: GENERATE,
      body: {
        json: {
          model,
          prompt: 'a cube',
          response_format: 'b64_json',
          size: '768x512',
          n: 2,
          num_inference_steps: 20,
          guidance_scale: 3.5,
          seed: 7,
          negative_prompt: 'fog',
        },
      },
    },
    multipart('image', model),
  ],
})

providerContract(httpProviders.get('vllm-omni')!, diffusion('Qwen/Qwen-Image'))
providerContract(httpProviders.get('sglang')!, diffusion('black-forest-labs/FLUX.1-dev'))
