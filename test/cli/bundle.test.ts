import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { describe, it } from 'vitest'
import { ARTEFACT } from '../support/artefact.ts'

const WORDS = 'There is no such delivery.'

describe('what a deploy uploads', () => {
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
})
