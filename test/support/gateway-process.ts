/**
 * The gateway as a process of its own, for tests that kill it:
 * `node test/support/gateway-process.ts --state DIR --port N [--var NAME=VALUE]...`
 * prints `ready <url>`. workerd is its only child; a SIGKILL leaves that child behind.
 */
import { parseArgs } from 'node:util'
import { startGateway } from './gateway.ts'

const { values } = parseArgs({
  options: {
    state: { type: 'string' },
    port: { type: 'string', default: '0' },
    var: { type: 'string', multiple: true, default: [] },
  },
})

const vars = Object.fromEntries(
  values.var.map((line) => {
    const cut = line.indexOf('=')
    return [line.slice(0, cut), line.slice(cut + 1)]
  }),
)
const state = values.state === undefined ? {} : { state: values.state }
const gateway = await startGateway({ ...state, vars, port: Number(values.port) })

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void gateway.stop().then(() => process.exit(0)))
}
console.log(`ready ${gateway.url}`)
