import { httpProviders } from '../../src/providers/http-providers.ts'
import { GENERATE, asked, common, invalid } from './compatible-common.ts'
import { providerContract } from './contract.ts'
import { order } from './orders.ts'

providerContract(httpProviders.get('modelmax')!, {
  ...common,
  model: 'gemini-3.1-flash-image-preview',
  edits: false,
  sends: [
    {
      name: 'a generation',
      order: order('m', { ...asked, quality: 'high', style: 'vivid' }),
      path: GENERATE,
      body: {
        json: {
          model: 'm',
          prompt: 'a cube',
          response_format: 'b64_json',
          size: '768x512',
          n: 2,
          quality: 'hd',
          style: 'vivid',
        },
      },
    },
  ],
  errors: [
    {
      name: 'an empty account',
      status: 402,
      reply: { error: { message: 'insufficient balance', type: 'insufficient_balance' } },
      becomes: { error: { kind: 'credit', executed: 'no' } },
    },
    {
      name: 'a model of the wrong kind',
      status: 400,
      reply: { error: { message: 'not an image model', type: 'bad_request' } },
      becomes: invalid,
    },
    {
      name: 'a failure behind it',
      status: 502,
      reply: { error: { message: 'bad gateway', type: 'bad_gateway' } },
      becomes: { error: { kind: 'transient', executed: 'maybe' } },
    },
  ],
})
