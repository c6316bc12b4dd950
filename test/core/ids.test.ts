import fc from 'fast-check'
import { describe, it } from 'vitest'
import { parseJobId, shortId, showJobId } from '../../src/core/ids.ts'

const uuid = fc.uuid({ version: 4 })

describe('a job id', () => {
  it('is the same job in every form that an API shows', ({ expect }) => {
    fc.assert(
      fc.property(uuid, (id) => {
        for (const form of [
          id,
          id.toUpperCase(),
          shortId(id),
          showJobId(id),
          `resp_${shortId(id)}`,
        ])
          expect(parseJobId(form)).toBe(id)
      }),
    )
  })

  it('has one short spelling: any other text is no id', ({ expect }) => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z2-7]{26}$/), (text) => {
        const id = parseJobId(text)
        if (id !== null) expect(shortId(id)).toBe(text)
      }),
    )
  })

  it.for(['', 'job_', 'job_a', 'x'.repeat(26), '../etc', '00000000-0000-0000-0000-000000000000'])(
    'is refused: %s',
    (text, { expect }) => {
      expect(parseJobId(text)).toBeNull()
    },
  )
})
