import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, it } from 'vitest'
import { freePort } from '../../src/cli/free-port.ts'

describe('the port of npm start', () => {
  it('is another one when somebody listens on the wanted one', async ({ expect }) => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port: taken } = server.address() as AddressInfo
    const port = await freePort(taken)
    server.close()

    expect(port).toBeGreaterThan(taken)
  })

  it.for([Number.NaN, 0, -1, 80.5, 65_536])('cannot be %s', async (wanted, { expect }) => {
    await expect(freePort(wanted)).rejects.toThrow('PORT must be 1 to 65535')
  })
})
