import { InputMark } from '../../src/core/upstream.ts'
import { httpProviders } from '../../src/providers/http-providers.ts'
import { GENERATE, asked, common } from './compatible-common.ts'
import { providerContract } from './contract.ts'
import { order, staged } from './orders.ts'

providerContract(httpProviders.get('localai')!, {
  ...common,
  model: 'flux',
  promptOf: null,
  sends: [
    {
      name: 'a generation, the negative prompt after a pipe',
      order: order('flux', { ...asked, prompt: 'a|b', negativePrompt: 'fog|mist' }),
      path: GENERATE,
      body: {
        json: {
          model: 'flux',
          prompt: 'a¦b|fog¦mist',
          response_format: 'url',
          size: '768x512',
          n: 2,
          step: 20,
        },
      },
    },
    {
      name: 'an edit with its files as base64',
      order: order('flux', { inputs: [staged] }),
      path: GENERATE,
      body: {
        json: {
          model: 'flux',
          prompt: 'a red cube',
          response_format: 'url',
          n: 1,
          files: [new InputMark(0, 'base64')],
        },
      },
    },
  ],
})
