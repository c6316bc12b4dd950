/** `npm start`: a gateway on this machine, with a key, without an account. */
import { fileURLToPath } from 'node:url'
import { banner } from './banner.ts'
import { completeDevVars } from './dev-vars.ts'
import { endTogether, startWrangler } from './dev-server.ts'
import { freePort } from './free-port.ts'
import { localKey } from './local-key.ts'
import { standIns } from './stand-ins.ts'

const started = Date.now()
process.chdir(fileURLToPath(new URL('../..', import.meta.url)))

async function start(): Promise<void> {
  const { ADMIN_KEY: adminKeys } = completeDevVars('.dev.vars')
  const port = await freePort(Number(process.env['PORT'] || 8787))
  const url = `http://127.0.0.1:${port}`
  const server = startWrangler(port)
  endTogether(server)
  try {
    await server.ready(`${url}/healthz`)
    const { key, isNew } = await localKey(
      url,
      adminKeys.split(',')[0]!.trim(),
      '.wrangler/local.json',
    )
    const substituted = await standIns(url, key)
    const seconds = (Date.now() - started) / 1000
    console.log(banner({ url, key, isNew, seconds, standIns: substituted }))
  } catch (error) {
    explain(error)
    await server.end()
  }
}

function explain(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  console.error(`The gateway did not start. ${reason}`)
  process.exitCode = 1
}

await start().catch(explain)
