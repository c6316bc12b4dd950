import { setTimeout } from 'node:timers/promises'
import { openInspector } from './inspector.ts'
import { shoot } from './load.ts'
import { residentBytes } from './process.ts'
import type { Runtime } from './runtime.ts'

/** Time between two looks at the memory, ms. */
const LOOK_MS = 25
export interface Growth {
  /** Greatest growth of heap and external memory (array buffers) over the start, garbage collected, bytes. */
  live: number
  /** The same of the whole process's resident memory: garbage, native buffers and code too. */
  resident: number
  looks: number
}

/**
 * Watches the memory of a Worker's isolate while `work` runs. V8 is made to collect before each look
 * (workerd does not answer the inspector's own `collectGarbage`): what is left is what the code holds on to, which is what counts against an isolate's 128 MB.
 */
export async function watchMemory(runtime: Runtime, work: () => Promise<void>): Promise<Growth> {
  const inspector = openInspector(runtime)
  const look = async () => {
    const { status } = await shoot({ url: `${runtime.url}/bench/gc` })
    if (status !== 204) throw new Error('garbage cannot be collected')
    const { usedSize, backingStorageSize } = await inspector.usage()
    return { live: usedSize + backingStorageSize, resident: residentBytes(runtime.pid) }
  }
  const start = await look()
  const most = { ...start }
  let looks = 0
  const done = new AbortController()
  const watching = (async () => {
    for (; !done.signal.aborted; looks++) {
      const now = await look()
      most.live = Math.max(most.live, now.live)
      most.resident = Math.max(most.resident, now.resident)
      await setTimeout(LOOK_MS)
    }
  })()
  try {
    await work()
  } finally {
    done.abort()
    await watching
    inspector.close()
  }
  return { live: most.live - start.live, resident: most.resident - start.resident, looks }
}
