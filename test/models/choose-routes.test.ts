import fc from 'fast-check'
import { describe, it } from 'vitest'
import { orderRoutes } from '../../src/models/choose-routes.ts'
import { deploymentOf, planned } from './inputs.ts'

const route = (upstream: string, priority: number, weight = 1) => ({
  upstream,
  model: 'm',
  priority,
  weight,
})

const someRoutes = fc.uniqueArray(
  fc.record({
    upstream: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    model: fc.constant('m'),
    priority: fc.nat(2),
    weight: fc.constantFrom(0, 0.5, 1, 10),
  }),
  { selector: ({ upstream }) => upstream },
)

describe('the routes of a job', () => {
  it('are all there, by priority, in the same order on every call', ({ expect }) => {
    fc.assert(
      fc.property(someRoutes, fc.uuid(), (routes, jobId) => {
        const ordered = orderRoutes(routes, jobId)
        expect(new Set(ordered)).toEqual(new Set(routes))
        const priorities = ordered.map(({ priority }) => priority)
        expect(priorities).toEqual(priorities.toSorted((a, b) => a - b))
        expect(orderRoutes(routes.toReversed(), jobId).filter(({ weight }) => weight > 0)).toEqual(
          ordered.filter(({ weight }) => weight > 0),
        )
      }),
    )
  })

  it('of equal priority share the jobs by weight, and weight 0 only helps out', ({ expect }) => {
    const routes = [route('one', 1, 1), route('three', 1, 3), route('none', 1, 0)]
    const jobs = 4000
    let three = 0
    for (let i = 0; i < jobs; i++) {
      const ordered = orderRoutes(routes, `job ${i}`).map(({ upstream }) => upstream)
      if (ordered[0] === 'three') three++
      expect(ordered[2]).toBe('none')
    }
    // Three quarters, within six standard deviations of 4000 draws; the hash makes it repeatable.
    expect(Math.abs(three / jobs - 0.75)).toBeLessThan(0.042)
  })

  it('are one without fallback, and only those whose secret is set', ({ expect }) => {
    const MODELS = JSON.stringify({
      'gpt-image-2': {
        routes: [
          { upstream: 'openai', model: 'gpt-image-2', priority: 2 },
          { upstream: 'oxen', model: 'gpt-image-2', priority: 1 },
          { upstream: 'aimlapi', model: 'openai/gpt-image-2', priority: 0 },
        ],
      },
    })
    const deployment = deploymentOf({
      OPENAI_API_KEY: 'k',
      OXEN_API_KEY: 'k',
      MODELS,
      DEMO: 'true',
    })
    const upstreams = (fallback: boolean) =>
      planned({ model: 'gpt-image-2' }, deployment, { gateway: { fallback } }).routes.map(
        ({ upstream }) => upstream,
      )
    expect(upstreams(true)).toEqual(['oxen', 'openai'])
    expect(upstreams(false)).toEqual(['oxen'])
  })
})
