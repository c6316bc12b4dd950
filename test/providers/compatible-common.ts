import type { GenerationRequest } from '../../src/core/request.ts'

export const asked: Partial<GenerationRequest> = {
  prompt: 'a cube',
  count: 2,
  size: { width: 768, height: 512 },
  seed: 7,
  steps: 20,
  guidance: 3.5,
  negativePrompt: 'fog',
  endUser: 'u1',
}
export const GENERATE = '/images/generations'

export const base64 = {
  name: 'images that went to R2',
  reply: { created: 1, data: [{ b64_json: { $image: 0 } }, { b64_json: { $image: 1 } }] },
  becomes: { kind: 'done', images: [{ from: { found: 0 } }, { from: { found: 1 } }] },
}
const url = {
  name: 'an image by URL',
  reply: { created: 1, data: [{ url: 'http://10.0.0.5:8080/generated-images/a.png' }] },
  becomes: {
    kind: 'done',
    images: [{ from: { url: 'http://10.0.0.5:8080/generated-images/a.png' } }],
  },
}
const dataUrl = {
  name: 'an image as a data URL',
  reply: { created: 1, data: [{ url: 'data:image/png;base64,iVBORw0KGgo=', revised_prompt: 'x' }] },
  becomes: {
    kind: 'done',
    images: [{ from: { base64: 'iVBORw0KGgo=' }, revisedPrompt: 'x' }],
  },
}
export const invalid = { error: { kind: 'invalid', executed: 'no' } }

/** What all of them share: they answer in the form that they were asked for, or in another. */
export const common = {
  edits: true,
  count: 'n',
  promptOf: ({ prompt }: Record<string, unknown>) => prompt,
  endUser: null,
  submit: [base64, url, dataUrl],
  errors: [
    {
      name: 'a validation error of FastAPI',
      status: 422,
      reply: { detail: [{ loc: ['body', 'size'], msg: 'field required', type: 'missing' }] },
      becomes: invalid,
    },
    {
      name: 'an error in words alone',
      status: 400,
      reply: { error: 'bad size' },
      becomes: invalid,
    },
    {
      name: 'an error of Echo',
      status: 500,
      reply: { error: { code: 500, message: 'boom', type: '' } },
      becomes: { error: { kind: 'transient', executed: 'maybe' } },
    },
  ],
}
