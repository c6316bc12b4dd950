import { styleText } from 'node:util'
import type { StandIns } from './stand-ins.ts'

interface Local {
  url: string
  key: string
  /** The key was made just now. */
  isNew: boolean
  /** From the command to the first answer. */
  seconds: number
  standIns: StandIns
}

const bold = (text: string): string => styleText('bold', text, { stream: process.stdout })

/** What to do next, for somebody who has just typed `npm start`. */
export function banner({ url, key, isNew, seconds, standIns }: Local): string {
  const kept = isNew ? '   (new, kept in .wrangler/local.json)' : ''
  return `
  Darkroom is ready after ${seconds.toFixed(1)} s

  Gateway   ${bold(url)}
  Key       ${bold(key)}${kept}

  Draw an image; no account is needed for it:

  curl ${url}/v1/images/generations \\
    -H "Authorization: Bearer ${key}" \\
    -H "Content-Type: application/json" \\
    -d '{"model": "sketch-1", "prompt": "a lighthouse at dusk"}'

  The answer's data[0].url is the image: open it in a browser.
${[...standIns].map(standInLine).join('')}

  Keys of upstreams belong into .dev.vars; a new one needs a restart.
  Ctrl-C ends it. Jobs and images stay in .wrangler/.
`
}

const standInLine = ([why, models]: [why: string, models: number]): string =>
  `
  sketch stands in for ${models} ${models === 1 ? 'model' : 'models'}: ${why}.`
