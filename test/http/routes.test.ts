import { describe, it } from 'vitest'
import { ROUTES } from '../../src/http/routes.ts'
import wrangler from '../../wrangler.toml?raw'

const list = /^run_worker_first = \[([^\]]*)\]/m.exec(wrangler)![1]!
const first = [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1]!)

/** Whether an asset rule such as `/v1/*` sends this path to the Worker. */
const isCovered = (path: string): boolean =>
  first.some((rule) => (rule.endsWith('*') ? path.startsWith(rule.slice(0, -1)) : path === rule))

/** An asset without a route, so that clients get a 404. */
const HIDDEN = '/build/catalogue.json'

describe('the route table', () => {
  it('holds each route once', ({ expect }) => {
    const places = ROUTES.map(({ method, path }) => `${method} ${path}`)
    expect(new Set(places).size).toBe(places.length)
  })

  it('reads bodies only where a method carries one, within a cap', ({ expect }) => {
    const withBody = ROUTES.filter(({ body }) => body !== null)
    expect(withBody.filter(({ method }) => method !== 'POST' && method !== 'PATCH')).toEqual([])
  })

  it('reaches the Worker before the assets do, and no rule is left over', ({ expect }) => {
    expect(ROUTES.filter(({ path }) => !isCovered(path))).toEqual([])
    for (const rule of first) {
      if (rule === HIDDEN) continue
      const reached = ROUTES.filter(({ path }) => path.startsWith(rule.replace('*', '')))
      expect(reached, rule).not.toEqual([])
    }
  })
})
