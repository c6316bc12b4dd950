import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, it } from 'vitest'
import { ask, openAccount } from '../conformance/client.ts'
import { ADMIN_KEY } from '../support/worker.ts'
import { startGatewayProcess, type GatewayProcess } from './gateway-process.ts'

const JOBS = 45
/** When each life ends after the deletion was asked for, ms; the last one lives and is not asked. */
const DEATHS_MS = [20, 150]
const PRICES = JSON.stringify({ 'sketch-1': { price: [{ unit: 'image', usd: 0.01 }] } })

describe('deleting a tenant', () => {
  it('goes on by itself after every death of the runtime, and counts each job once', async ({
    expect,
    onTestFinished,
  }) => {
    const state = await mkdtemp(join(tmpdir(), 'darkroom-removal-'))
    const lives: GatewayProcess[] = []
    onTestFinished(async () => {
      await Promise.all(lives.map((life) => life.kill()))
      await rm(state, { recursive: true })
    })
    const live = async () => {
      const life = await startGatewayProcess(state, { MODELS: PRICES })
      lives.push(life)
      return life
    }
    let life = await live()
    const doomed = await openAccount(life.url, 10)
    const other = await openAccount(life.url, 10)
    const draw = (key: string, n: number) =>
      ask(`${life.url}/v1/images/generations`, {
        key,
        body: { model: 'sketch-1', prompt: `ship ${n}`, size: '64x64' },
      })
    await Promise.all(Array.from({ length: JOBS }, (_, n) => draw(doomed.key, n)))
    await draw(other.key, 0)

    const look = (method = 'GET') =>
      ask(`${life.url}/admin/tenants/${doomed.tenant}`, { key: ADMIN_KEY, method })
    for (const ms of DEATHS_MS) {
      expect((await look('DELETE')).json).toMatchObject({ status: 'deleting' })
      await sleep(ms)
      await life.kill()
      life = await live()
    }
    await expect
      .poll(async () => (await look()).json, { timeout: 30_000 })
      .toMatchObject({
        status: 'deleted',
        deleted: { jobs: JOBS, images: JOBS, other_objects: 0 },
      })
    expect((await draw(doomed.key, 0)).status).toBe(401)
    expect((await draw(other.key, 1)).status).toBe(200)
  })
})
