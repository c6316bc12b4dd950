import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, it } from 'vitest'
import { completeDevVars } from '../../src/cli/dev-vars.ts'

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'darkroom-')), '.dev.vars')

describe('local secrets', () => {
  it('are made once, and only their owner can read them', ({ expect }) => {
    const path = newPath()
    const first = completeDevVars(path)

    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(parseEnv(readFileSync(path, 'utf8'))).toEqual(first)
    expect(first.ADMIN_KEY).toMatch(/^[0-9a-f]{64}$/)
    expect(Buffer.from(first.SIGNING_KEYS.replace('k1:', ''), 'base64')).toHaveLength(32)
    expect(completeDevVars(path)).toEqual(first)
    expect(completeDevVars(newPath()).ADMIN_KEY).not.toBe(first.ADMIN_KEY)
  })

  it('leave what somebody wrote as it is, also without a newline at the end', ({ expect }) => {
    const path = newPath()
    const written = '# mine\nDEMO="false"\nOPENAI_API_KEY=sk-1'
    writeFileSync(path, written)
    const vars = completeDevVars(path)

    const text = readFileSync(path, 'utf8')
    expect(text.startsWith(`${written}\n`)).toBe(true)
    expect(vars.DEMO).toBe('false')
    expect(parseEnv(text)).toMatchObject({ ...vars, DEMO: 'false', OPENAI_API_KEY: 'sk-1' })
  })

  it('are filled in where a copied example has them blank', ({ expect }) => {
    const path = newPath()
    writeFileSync(path, readFileSync('.dev.vars.example'))
    const vars = completeDevVars(path)

    expect(vars.ADMIN_KEY).not.toBe('')
    expect(parseEnv(readFileSync(path, 'utf8'))).toEqual(vars)
  })
})
