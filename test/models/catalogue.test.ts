import { describe, it } from 'vitest'
import { parseRatio, parseSize } from '../../src/core/size.ts'
import { BUILT_IN_MODELS, CATALOGUE } from '../../src/models/catalogue/built-in.ts'
import { checkRequest } from '../../src/models/check.ts'
import { Limits } from '../../src/models/limits.ts'
import { PriceLine, faultOfModel } from '../../src/models/model-entry.ts'
import { BUILT_IN_UPSTREAMS } from '../../src/models/upstreams.ts'
import { photo, request } from './inputs.ts'

const living = BUILT_IN_MODELS.filter(({ status }) => status === 'active')
const named = BUILT_IN_MODELS.map((model) => [model.id, model] as const)

describe('the catalogue', () => {
  it('has every name once', ({ expect }) => {
    const names = BUILT_IN_MODELS.flatMap(({ id, aliases }) => [id, ...aliases])
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  it('is the same after it was written as JSON and read', ({ expect }) => {
    expect(JSON.parse(JSON.stringify(CATALOGUE))).toStrictEqual(CATALOGUE)
  })

  it('names known upstreams only, and no upstream without a route', ({ expect }) => {
    const routed = new Set(
      BUILT_IN_MODELS.flatMap(({ routes }) => routes.map((one) => one.upstream)),
    )
    expect(routed).toEqual(new Set(BUILT_IN_UPSTREAMS.map(({ id }) => id)))
  })

  it.for(named)('record %s contradicts itself nowhere', ([, model], { expect }) => {
    expect(Limits.safeParse(model.capabilities).error).toBeUndefined()
    expect(faultOfModel(model)).toBeNull()
    for (const line of model.price ?? []) expect(PriceLine.parse(line)).toEqual(line)
    expect(Number.isInteger(model.created)).toBe(true)
  })

  it.for(named)(
    'record %s is alive with a route or names a living model',
    ([, model], { expect }) => {
      if (model.status === 'active') {
        expect(model.replacement).toBeNull()
        expect(model.routes.length).toBeGreaterThan(0)
      } else expect(living.map(({ id }) => id)).toContain(model.replacement)
    },
  )

  it.for(named)(
    'record %s accepts its own default size and each of its ratios',
    ([, model], { expect }) => {
      const { capabilities } = model
      const edits = capabilities.operations.includes('generate')
        ? {}
        : { operation: 'edit' as const, inputs: [photo] }
      const rule = capabilities.size
      const sizes = rule.default === null ? [] : [parseSize(rule.default)]
      const ratios = Array.isArray(capabilities.aspect) ? capabilities.aspect.map(parseRatio) : []
      for (const given of [
        ...sizes.map((size) => ({ size })),
        ...ratios.map((aspect) => ({ aspect })),
      ])
        expect(checkRequest(request({ ...edits, ...given }), capabilities, 'strict').ok).toBe(true)
    },
  )
})
