import { describe, it } from 'vitest'
import { inOwnNames } from '../../src/core/own-names.ts'

describe('a message in the names of its caller', () => {
  it('keeps words that stand for things', ({ expect }) => {
    const told = { param: 'image', message: "Invalid 'image': expected a prompt without images." }
    expect(
      inOwnNames(told, [
        ['prompt', 'input'],
        ['image', 'input'],
      ]),
    ).toEqual({
      param: 'input',
      message: "Invalid 'input': expected a prompt without images.",
    })
  })
})
