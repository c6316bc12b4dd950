import { faultOf, watchEvents } from './answer-shapes.ts'
import { isGateway } from './started.ts'

/** What was out of shape since somebody asked last. */
export const faults: string[] = []

const realFetch = globalThis.fetch
const urlOf = (input: string | URL | Request): string =>
  input instanceof Request ? input.url : input.toString()

/** Looks at every answer of a gateway under test as it comes. */
globalThis.fetch = async (input, init) => {
  const url = urlOf(input)
  const answer = await realFetch(input, init)
  if (!isGateway(url)) return answer
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
  const fault = await faultOf(method, url, answer)
  if (fault !== null) faults.push(fault)
  const watch = watchEvents(url, answer, (wrong) => faults.push(wrong))
  return watch && answer.body ? new Response(answer.body.pipeThrough(watch), answer) : answer
}
