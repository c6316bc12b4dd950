import { createServer } from 'node:net'

const LAST_PORT = 65_535

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

/**
 * `wanted`, or the next port above it that nobody listens on.
 *
 * @throws RangeError when `wanted` is no port or none above it is free.
 */
export async function freePort(wanted: number): Promise<number> {
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > LAST_PORT)
    throw new RangeError(`PORT must be 1 to ${LAST_PORT}.`)
  for (let port = wanted; port <= LAST_PORT; port++) if (await canListen(port)) return port
  throw new RangeError(`No port from ${wanted} upwards is free.`)
}
