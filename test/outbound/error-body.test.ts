import { it } from 'vitest'
import { readErrorBody } from '../../src/outbound/error-body.ts'
import { getCall, responseOf, isOver } from './call.ts'

const errorBody = async (path: string, maxMs?: number) =>
  readErrorBody(await responseOf(getCall(path)), maxMs)

it('an error in JSON is read', async ({ expect }) => {
  const text = '{"error":{"message":"no"}}'
  const body = await errorBody(`/status/400/${encodeURIComponent(text)}`)
  expect(body).toEqual({ json: { error: { message: 'no' } }, text })
})

it('an error page is text, an empty one nothing', async ({ expect }) => {
  expect(await errorBody('/html')).toEqual({ json: null, text: '<html>Sorry</html>' })
  expect(await errorBody('/status/500')).toEqual({ json: null, text: '' })
})

it('an endless error is read up to 64 KiB, then dropped', async ({ expect }) => {
  const { json, text } = await errorBody('/large-error/bounded')
  expect([json, text.length]).toEqual([null, 64 * 1024])
  expect(await isOver('/large-error/bounded')).toBe(true)
})

it('an error that drips is read as far as it came in time', async ({ expect }) => {
  const { json, text } = await errorBody('/dripping-error/late', 300)
  expect(json).toBeNull()
  expect(text).toMatch(/^\{"error" *$/)
  expect(await isOver('/dripping-error/late')).toBe(true)
})

it.for(['reset-in-body', 'short-body'])(
  'an error with %s is what came of it',
  async (kind, { expect }) => {
    expect(await errorBody(`/${kind}`)).toEqual({ json: null, text: 'abc' })
  },
)
