import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** The receiver that the page on webhooks shows, at a free port of its own. */
const shown = (): string => {
  const blocks = readFileSync('docs/webhooks.md', 'utf8').split(/^```/m)
  const code = blocks.find((it) => it.includes('.listen(3000)'))?.replace(/^js\n/, '')
  if (code === undefined) throw new Error('The page on webhooks shows no receiver.')
  return code.replace('.listen(3000)', `.listen(0, '127.0.0.1', ${tellPort.toString()})`)
}

function tellPort(this: { address(): { port: number } }) {
  console.log(`port ${this.address().port}`)
}

/** Runs it as a process. `lines`: what it printed. */
export async function startShownReceiver(secret: string) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', shown()], {
    env: { ...process.env, WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const output = createInterface({ input: child.stdout })
  output.on('line', (line) => lines.push(line))
  await once(output, 'line')
  return {
    url: `http://127.0.0.1:${lines.shift()!.slice('port '.length)}`,
    lines,
    stop: () => child.kill(),
  }
}
