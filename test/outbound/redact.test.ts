import fc from 'fast-check'
import { describe, it } from 'vitest'
import { newRedactor, secretsOf } from '../../src/outbound/redact.ts'

const redact = newRedactor([])

describe('an upstream text', () => {
  it.for([
    ['Your request was rejected.', 'Your request was rejected.'],
    ['  two\n\tlines \u0000 and a\u200Bbreak ', 'two lines and abreak'],
    ['size 1024x1024 is not one of [1536x1024]', 'size 1024x1024 is not one of [1536x1024]'],
    ['gpt-image-1.5: quality "ultra" (code:429)', 'gpt-image-1.5: quality "ultra" (code:429)'],
    ['提示词被拒绝。请修改后重试', '提示词被拒绝。请修改后重试'],
    ['Incorrect API key provided: sk-abc1****wxyz.', 'Incorrect API key provided: [secret]'],
    ['bad key sk-proj-abcdefghij', 'bad key [secret]'],
    ['Authorization: Bearer abc.def', '[secret]'],
    ['got "Bearer abc" here', 'got "[secret] here'],
    ['dr_live_0123456789abcdef', '[secret]'],
    ['{"api_key":"abc"}', '{"[secret]'],
    ['no quota for org-AbCdEfGh12345', 'no quota for [account]'],
    [`digest ${'ab12'.repeat(16)}`, 'digest [token]'],
    ['see https://internal.lab/x?y=z now', 'see [url] now'],
    ['connect to gpu-3:8000 failed', 'connect to [host] failed'],
    ['connect ECONNREFUSED 10.0.0.5:8000', 'connect ECONNREFUSED [host]'],
    ['connect ECONNREFUSED ::1:8000', 'connect ECONNREFUSED [host]'],
    ['http://user:pw@h', '[url]'],
    ['ask ops@lab.example', 'ask [host]'],
    ['at пример.рф/путь', 'at [host]'],
  ] as const)('%j is shown as %j', ([text, shown], { expect }) => {
    expect(redact(text)).toBe(shown)
  })

  it('that is none is empty', ({ expect }) => {
    expect([null, 7, { a: 1 }].map(redact)).toEqual(['', '', ''])
  })

  it('of any kind is one line of at most 300 characters', ({ expect }) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 6000 }), (text) => {
        const shown = redact(text)
        expect(shown.length).toBeLessThanOrEqual(300)
        expect(shown).not.toMatch(/[\r\n\u2028\u2029]/)
      }),
    )
  })

  it.for(['a', 'a.', 'a-', 'a:', '0:', '中', 'a@', '=', ' :'])(
    'of a megabyte of %j is done at once',
    (unit, { expect }) => {
      expect(redact(unit.repeat(500_000)).length).toBeLessThanOrEqual(300)
    },
  )
})

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_.!$%&'.split('')
const secret = fc.string({ unit: fc.constantFrom(...letters), minLength: 12, maxLength: 80 })
const near = fc.string({ maxLength: 60 })

describe('a secret', () => {
  /** Ways in which an upstream repeats what it was sent. */
  const echoes: ((text: string) => string)[] = [
    (text) => text,
    (text) => text.toUpperCase(),
    (text) => encodeURIComponent(text),
    (text) => `"${text}"`,
    (text) => text.slice(0, Math.ceil(text.length / 2)),
    (text) => text.slice(3, -1),
    (text) => `${text}${text}`,
    (text) => text.split('').join('\u200B'),
  ]

  it('never shows, not even eight characters of it', ({ expect }) => {
    fc.assert(
      fc.property(secret, near, near, fc.constantFrom(...echoes), (value, before, after, echo) => {
        const shown = newRedactor(['unrelated-value', value])(
          before + echo(value) + after,
        ).toLowerCase()
        const known = [value, encodeURIComponent(value)].map((text) => text.toLowerCase())
        for (const text of known)
          for (let at = 0; at + 8 <= text.length; at++)
            expect(shown).not.toContain(text.slice(at, at + 8))
      }),
      { numRuns: 500 },
    )
  })

  it('does not show where the text is cut, by us or before', ({ expect }) => {
    fc.assert(
      fc.property(secret, fc.nat(4200), fc.nat(40), (value, at, cut) => {
        const text = ' x'.repeat(2100).slice(0, at) + value.slice(0, cut)
        const shown = newRedactor([value])(text).toLowerCase()
        expect(shown).not.toContain(value.toLowerCase().slice(0, 8))
      }),
    )
  })

  it('that is short is hidden whole; a placeholder hides nothing', ({ expect }) => {
    expect(newRedactor(['s3cr'])('your key s3cr, S3CR')).toBe('your key [secret], [secret]')
    expect(newRedactor(['', 'x'])('xyz')).toBe('xyz')
  })

  it('is what the environment calls one', ({ expect }) => {
    const vars = {
      OPENAI_API_KEY: 'a',
      SIGNING_KEYS: 'b',
      REPLICATE_API_TOKEN: 'c',
      FAL_KEY: 'd',
      LAB: 'e',
      PUBLIC_URL: 'f',
      JOBS: {},
    }
    expect(secretsOf(vars)).toEqual(['a', 'b', 'c', 'd'])
    expect(secretsOf(vars, ['LAB'])).toEqual(['a', 'b', 'c', 'd', 'e'])
  })
})

describe('a host', () => {
  const host = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6().filter((text) => text.split(':').length > 3),
    fc.webUrl(),
    fc
      .tuple(fc.domain(), fc.integer({ min: 1, max: 65_535 }))
      .map(([name, port]) => `${name}:${port}`),
    fc.ipV4().map((text) => `http://${text}:8000/v1`),
  )
  const quotes = fc.constantFrom(
    ['', ''],
    ['"', '"'],
    ['(', ')'],
    ['[', ']'],
    ['<', '>'],
    ["'", "',"],
  )

  it('never shows', ({ expect }) => {
    fc.assert(
      fc.property(host, quotes, (name, [open, close]) => {
        const shown = redact(`cannot reach ${open}${name}${close} now`)
        expect(shown.toLowerCase()).not.toContain(name.toLowerCase())
        expect(shown).toContain('cannot reach')
        expect(shown).toMatch(/\[(host|url|token|secret)\]/)
      }),
      { numRuns: 500 },
    )
  })
})
