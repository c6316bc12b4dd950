import type { Runtime } from './runtime.ts'

/** The gateway's isolate among those that Miniflare starts beside it. */
const ISOLATE = 'core:user:darkroom'
/** Longest wait for one answer, ms. */
const ANSWER_MS = 5000
const TRIES = 3

export interface HeapUsage {
  usedSize: number
  backingStorageSize: number
}

export interface Inspector {
  usage(): Promise<HeapUsage>
  close(): void
}

/**
 * Speaks Chrome's DevTools protocol with the isolate. workerd keeps one connection at a time, and one that
 * was just closed takes the next with it now and then: what is not answered is asked on a fresh one.
 */
export function openInspector({ inspector }: Runtime): Inspector {
  const address = `ws://${inspector}/${ISOLATE}`
  let socket: WebSocket | null = null
  let last = 0

  async function ask(method: string): Promise<unknown> {
    socket ??= await connect(address)
    const id = ++last
    const answer = answerOf(socket, id)
    socket.send(JSON.stringify({ id, method }))
    return answer
  }
  return {
    async usage() {
      for (let tries = 1; ; tries++)
        try {
          return (await ask('Runtime.getHeapUsage')) as HeapUsage
        } catch (caught) {
          socket?.close()
          socket = null
          if (tries === TRIES) throw caught
        }
    },
    close: () => socket?.close(),
  }
}

function connect(address: string): Promise<WebSocket> {
  const socket = new WebSocket(address)
  return within(
    new Promise((resolve, reject) => {
      socket.addEventListener('open', () => resolve(socket))
      socket.addEventListener('error', () => reject(new Error('no inspector')))
    }),
  )
}

function answerOf(socket: WebSocket, wanted: number): Promise<unknown> {
  return within(
    new Promise((resolve, reject) => {
      socket.addEventListener('message', ({ data }) => {
        const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown }
        if (id === wanted) resolve(result)
      })
      socket.addEventListener('close', () => reject(new Error('the inspector hung up')))
    }),
  )
}

/** Rejects when nothing came in time. */
async function within<T>(promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('the inspector is silent')), ANSWER_MS)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
