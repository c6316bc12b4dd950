import fc from 'fast-check'
import { describe, it } from 'vitest'
import { fingerprintOf } from '../../src/core/fingerprint.ts'
import type { GenerationRequest, InputImage } from '../../src/core/request.ts'

const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null })
const number = orNull(fc.integer({ min: 0, max: 100 }))
const words = orNull(fc.string({ maxLength: 8 }))
const sides = orNull(fc.record({ width: fc.integer({ min: 1 }), height: fc.integer({ min: 1 }) }))
const byUrl = fc.webUrl().map((url): InputImage => ({ url }))
const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/)
const staged = sha256.map((hash): InputImage => stagedAt('inputs/t/b/0', hash))

const stagedAt = (r2: string, hash: string): InputImage => ({
  r2,
  type: 'image/png',
  bytes: 100,
  sha256: hash,
})

const fields: { [Field in keyof GenerationRequest]: fc.Arbitrary<GenerationRequest[Field]> } = {
  operation: fc.constantFrom('generate', 'edit'),
  model: fc.string({ minLength: 1, maxLength: 8 }),
  prompt: fc.string({ maxLength: 20, unit: 'grapheme' }),
  count: fc.integer({ min: 1, max: 10 }),
  size: sides,
  aspect: sides,
  resolution: orNull(fc.constantFrom('512', '1K', '2K', '4K')),
  quality: words,
  style: words,
  background: orNull(fc.constantFrom('transparent', 'opaque', 'auto')),
  format: orNull(fc.constantFrom('png', 'jpeg', 'webp', 'gif')),
  compression: number,
  moderation: words,
  seed: number,
  steps: number,
  guidance: orNull(fc.double({ min: 0, max: 20, noNaN: true })),
  negativePrompt: words,
  inputs: fc.array(fc.oneof(byUrl, staged), { maxLength: 3 }),
  mask: orNull(byUrl),
  inputFidelity: orNull(fc.constantFrom('high', 'low')),
  partials: fc.integer({ min: 0, max: 3 }),
  endUser: words,
  providerOptions: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.integer(), { maxKeys: 3 }),
}
const names = Object.keys(fields) as (keyof GenerationRequest)[]
const anyRequest: fc.Arbitrary<GenerationRequest> = fc.record(fields)
const reverse = (object: object) => Object.fromEntries(Object.entries(object).toReversed())
/** Fields that do not change the picture. */
const aside: readonly string[] = ['endUser', 'partials']

describe('the fingerprint of a request', () => {
  it('is 64 hexadecimal digits, and the same in any order of keys', async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(anyRequest, async (request) => {
        const providerOptions = reverse(request.providerOptions)
        const reversed = reverse({ ...request, providerOptions }) as unknown as GenerationRequest
        const fingerprint = await fingerprintOf(request)
        expect(fingerprint).toMatch(/^[0-9a-f]{64}$/)
        expect(await fingerprintOf(reversed)).toBe(fingerprint)
      }),
    )
  })

  it.for(names)(
    'changes with its field, unless it is endUser or partials: %s',
    async (name, test) => {
      await fc.assert(
        fc.asyncProperty(anyRequest, fields[name], async (request, value) => {
          fc.pre(JSON.stringify(request[name]) !== JSON.stringify(value))
          const changed: GenerationRequest = { ...request, [name]: value }
          const same = (await fingerprintOf(changed)) === (await fingerprintOf(request))
          test.expect(same).toBe(aside.includes(name))
        }),
        { numRuns: 50 },
      )
    },
  )

  it('knows a staged input by its bytes, wherever it lies', async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(anyRequest, sha256, sha256, async (request, hash, other) => {
        fc.pre(hash !== other)
        const of = (r2: string, bytes: string) =>
          fingerprintOf({ ...request, inputs: [stagedAt(r2, bytes)] })
        expect(await of('inputs/t/b1/0', hash)).toBe(await of('inputs/t/b2/3', hash))
        expect(await of('inputs/t/b1/0', hash)).not.toBe(await of('inputs/t/b1/0', other))
      }),
      { numRuns: 50 },
    )
  })
})
