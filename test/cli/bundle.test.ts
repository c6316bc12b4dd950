import { globSync, readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { describe, it } from 'vitest'
import { ARTEFACT } from '../support/artefact.ts'
import { startGateway } from '../support/gateway.ts'

const WORDS = 'There is no such delivery.'

describe('what a deploy uploads', () => {
  it('needs nothing that the build leaves out of hono and zod, and no linter can see', ({
    expect,
  }) => {
    const files = globSync('src/**/*.ts').filter((file) => !file.startsWith('src/cli/'))
    const body = /\breq\s*\.\s*(arrayBuffer|blob|bodyCache|bytes|formData|json|text)\b/
    const kind =
      /\bz\s*\.\s*(\w*[rR]ecord|compile|discriminatedUnion|templateLiteral|toJSONSchema)\b/
    const needs = (file: string) => {
      const code = readFileSync(file, 'utf8')
      return body.test(code) || kind.test(code)
    }
    expect(files.length).toBeGreaterThan(200)
    expect(files.filter(needs)).toEqual([])
  })

  it('leads a stack trace back to the line of the source', ({ expect }) => {
    const code = readFileSync(ARTEFACT, 'utf8')
    const map = readFileSync(`${ARTEFACT}.map`, 'utf8')
    const before = code.slice(0, code.indexOf(WORDS)).split('\n')
    const place = new SourceMap(JSON.parse(map) as SourceMapPayload).findEntry(
      before.length - 1,
      before.at(-1)?.length ?? 0,
    )

    expect(code).toMatch(/\n\/\/# sourceMappingURL=index\.mjs\.map$/)
    expect(place).toMatchObject({ originalSource: '../src/http/webhook-deliveries.ts' })
    const source = readFileSync('src/http/webhook-deliveries.ts', 'utf8').split('\n')
    expect(source['originalLine' in place ? place.originalLine : 0]).toContain(WORDS)
  })

  it('shows its pages to all, and the catalogue as it was built to nobody', async ({
    expect,
    onTestFinished,
  }) => {
    const gateway = await startGateway()
    onTestFinished(() => gateway.stop())
    const page = await fetch(`${gateway.url}/favicon.svg`)
    const catalogue = await fetch(`${gateway.url}/build/catalogue.json`)

    expect([page.status, catalogue.status]).toEqual([200, 404])
    expect(await catalogue.json()).toMatchObject({ error: { code: 'not_found' } })
  })
})
