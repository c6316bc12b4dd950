import { describe, it } from 'vitest'
import { describeModel, listModels } from '../../src/models/describe.ts'
import type { Deployment } from '../../src/models/deployment.ts'
import { demo, deploymentOf } from './inputs.ts'

function show(id: string, deployment: Deployment) {
  const model = deployment.models.get(id)
  if (!model) throw new Error(`no model ${id}`)
  return describeModel(model, deployment)
}

const shown = (id: string, deployment: Deployment) => {
  const { available, stand_in } = show(id, deployment)
  return [available, stand_in]
}

describe('a model in /v1/models', () => {
  it('has the fields of OpenAI and what it can do in the names of requests', ({ expect }) => {
    expect(show('gpt-image-2', deploymentOf({ OPENAI_API_KEY: 'k' }))).toMatchObject({
      id: 'gpt-image-2',
      object: 'model',
      owned_by: 'openai',
      created: Date.UTC(2026, 3, 21) / 1000,
      status: 'active',
      available: true,
      stand_in: null,
      unavailable_because: null,
      capabilities: {
        size: { type: 'range', min: 480, max: 3840, multiple_of: 16, max_ratio: 3 },
        aspect_ratio: { type: 'range', min: '1:3', max: '3:1' },
        quality: { type: 'enum', values: ['low', 'medium', 'high', 'auto'] },
        output_format: { type: 'enum', default: 'png' },
        mask: { type: 'boolean' },
      },
    })
  })

  it('shows the lines of its price, since when they hold and where they are stated', ({
    expect,
  }) => {
    const { pricing } = show('gpt-image-2', demo)
    expect(pricing).toContainEqual({
      unit: 'token',
      of: 'image_out',
      usd_per_million: 30,
      effective_from: '2026-04-21',
      source: 'https://developers.openai.com/api/docs/pricing',
    })
  })

  it('leaves out what the model does not understand', ({ expect }) => {
    const { capabilities } = show('flux/kontext-max/text-to-image', demo)
    for (const absent of ['size', 'steps', 'mask', 'negative_prompt', 'resolution'])
      expect(capabilities).not.toHaveProperty(absent)
    expect(capabilities['aspect_ratio']).toMatchObject({ pixels: { '21:9': '1568x672' } })
    expect(show('gemini-3-pro-image', demo).capabilities['resolution']).toEqual({
      type: 'enum',
      values: ['1K', '2K', '4K'],
    })
  })

  it('says who draws it here', ({ expect }) => {
    expect(shown('gpt-image-2', demo)).toEqual([false, 'sketch'])
    expect(shown('gpt-image-2', deploymentOf({}))).toEqual([false, null])
    expect(shown('sketch-1', deploymentOf({}))).toEqual([true, null])
  })

  it('that is retired names its replacement and shows what that can do', ({ expect }) => {
    const deployment = deploymentOf({ OPENAI_API_KEY: 'k' })
    const { capabilities, pricing } = show('gpt-image-2', deployment)
    expect(show('dall-e-3', deployment)).toMatchObject({
      status: 'retired',
      replacement: 'gpt-image-2',
      available: true,
      capabilities,
      pricing,
    })
  })
})

describe('the list of models', () => {
  it('begins with what can be drawn here and leaves hidden ones out', ({ expect }) => {
    const ids = listModels(deploymentOf({ GOOGLE_API_KEY: 'k' })).map(({ id }) => id)
    expect(ids.slice(0, 3)).toEqual(['sketch-1', 'gemini-3.1-flash-image', 'gemini-3-pro-image'])
    expect(ids).toContain('gpt-image-2')
    expect(ids).not.toContain('sketch-429')
    expect(ids).not.toContain('dall-e-3')
  })
})
