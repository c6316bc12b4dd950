import { InputMark } from '../../src/core/upstream.ts'
import { httpProviders } from '../../src/providers/http-providers.ts'
import { GENERATE, asked, common } from './compatible-common.ts'
import { providerContract } from './contract.ts'
import { order, staged } from './orders.ts'

providerContract(httpProviders.get('together')!, {
  ...common,
  model: 'black-forest-labs/FLUX.1-schnell',
  sends: [
    {
      name: 'a generation by sides',
      order: order('black-forest-labs/FLUX.1-schnell', { ...asked, steps: 4, format: 'png' }),
      path: GENERATE,
      body: {
        json: {
          model: 'black-forest-labs/FLUX.1-schnell',
          prompt: 'a cube',
          response_format: 'url',
          width: 768,
          height: 512,
          n: 2,
          steps: 4,
          guidance_scale: 3.5,
          seed: 7,
          negative_prompt: 'fog',
          output_format: 'png',
        },
      },
    },
    {
      name: 'an edit',
      order: order('black-forest-labs/FLUX.1-kontext-pro', { inputs: [staged] }),
      path: GENERATE,
      body: {
        json: {
          model: 'black-forest-labs/FLUX.1-kontext-pro',
          prompt: 'a red cube',
          response_format: 'url',
          n: 1,
          image_url: new InputMark(0, 'reference'),
        },
      },
    },
  ],
  errors: [
    {
      name: 'a refusal of the safety system',
      status: 422,
      reply: { error: { message: 'NSFW content detected', type: 'invalid_request_error' } },
      becomes: { kind: 'refused' },
    },
    {
      name: 'a lack of machines',
      status: 503,
      reply: { error: { message: 'overloaded' } },
      becomes: { error: { kind: 'capacity', executed: 'no' } },
    },
  ],
})
