/**
 * The gateway as a process of its own, for tests that kill it:
 * `node test/support/gateway-process.ts --state DIR --port N [--script FILE] [--var NAME=VALUE]...`
 * prints `ready <url>`. workerd is its only child; a SIGKILL leaves that child behind.
 */
import { parseArgs } from 'node:util'
import { startGateway } from './gateway.ts'

const { values } = parseArgs({
  options: {
    state: { type: 'string' },
    port: { type: 'string', default: '0' },
    /** Another build; it is given no routers and prints no warnings. */
    script: { type: 'string' },
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
const build = values.script === undefined ? {} : { script: values.script, lean: true }
const gateway = await startGateway({ ...state, ...build, vars, port: Number(values.port) })

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void gateway.stop().then(() => process.exit(0)))
}
console.log(`ready ${gateway.url}`)
