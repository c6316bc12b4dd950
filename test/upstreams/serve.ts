import { parseArgs } from 'node:util'
import { APIS, startUpstreams } from './start.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9900' },
    /** How long a drawing takes, in ms. */
    latency: { type: 'string', default: '0' },
  },
})

const { url } = await startUpstreams({
  port: Number(values.port),
  latencyMs: Number(values.latency),
})
for (const { name, base } of APIS) console.log(`${name.padEnd(10)}${url}${base}`)
console.log(`${'control'.padEnd(10)}${url}/control`)
