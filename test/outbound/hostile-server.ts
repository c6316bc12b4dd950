import { createServer, type Server, type Socket } from 'node:net'
import type { TestProject } from 'vitest/node'
import type { Origin } from './provided.ts'

interface Seen {
  /** Path with query. */
  path: string
  /** Request line and headers. */
  head: string
  /** Bytes of the body that have come. */
  bodyBytes: number
  isClosed: boolean
}

const answer = (status: string, body = '', headers = ''): string =>
  `HTTP/1.1 ${status}\r\nconnection: close\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`

const PROMISED =
  'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: image/png\r\ncontent-length: 100\r\n\r\n'

/** One way to treat a request, by the first segment of its path. */
const KINDS: Record<string, (socket: Socket, path: string) => void> = {
  ok: (socket) => socket.end(answer('200 OK', '{"ok":true}', 'x-request-id: req_1\r\n')),
  chunked: (socket) =>
    socket.end(
      'HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    ),
  'cut-before-headers': (socket) => socket.end(),
  'reset-before-headers': (socket) => socket.resetAndDestroy(),
  'no-http': (socket) => socket.end('220 mail.lab ESMTP\r\n\r\n'),
  hang: () => {},
  'half-headers': (socket) => socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-ty'),
  'reset-in-body': (socket) => {
    socket.write(`${PROMISED}abc`)
    setTimeout(() => socket.resetAndDestroy(), 20)
  },
  'short-body': (socket) => socket.end(`${PROMISED}abc`),
  'hang-in-body': (socket) => socket.write(`${PROMISED}abc`),
  drip: (socket) => {
    socket.write(PROMISED)
    const timer = setInterval(() => socket.write('a'), 20)
    socket.on('close', () => clearInterval(timer))
  },
  'cut-chunked': (socket) =>
    socket.end(
      'HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n',
    ),
  'chunked-hang': (socket) =>
    socket.write(
      'HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n',
    ),
  'false-gzip': (socket) =>
    socket.end(answer('200 OK', 'this is not gzip', 'content-encoding: gzip\r\n')),
  html: (socket) =>
    socket.end(answer('200 OK', '<html>Sorry</html>', 'content-type: text/html\r\n')),
  empty: (socket) => socket.end(answer('200 OK')),
  status: (socket, path) => {
    const [, , status = '500', text = ''] = path.split('/')
    socket.end(answer(`${status} Some Reason`, decodeURIComponent(text), 'retry-after: 7\r\n'))
  },
  'large-error': (socket) => socket.end(answer('500 No', 'a'.repeat(1_000_000))),
  'dripping-error': (socket) => {
    socket.write('HTTP/1.1 500 No\r\nconnection: close\r\ncontent-length: 9999\r\n\r\n{"error"')
    const timer = setInterval(() => socket.write(' '), 20)
    socket.on('close', () => clearInterval(timer))
  },
  /** `/redirect/307?to=...` */
  redirect: (socket, path) => {
    const { pathname, searchParams } = new URL(path, 'http://server')
    const to = searchParams.get('to')
    const location = to === null ? '' : `location: ${to}\r\n`
    socket.end(answer(`${pathname.split('/')[2]} Elsewhere`, 'moved', location))
  },
  large: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n')
    const piece = 'a'.repeat(1_048_576)
    for (let n = 0; n < 21; n++) socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`)
    socket.end('0\r\n\r\n')
  },
  'large-stated': (socket) =>
    socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 99999999\r\n\r\nabc`),
}

/** What came to paths that begin with `start`, as JSON. */
function ledgerOf(seen: Seen[], start: string): string {
  return JSON.stringify(seen.filter(({ path }) => path.startsWith(start)))
}

function serve(seen: Seen[]): Server {
  return createServer((socket) => {
    const asked: Seen = { path: '', head: '', bodyBytes: 0, isClosed: false }
    // Cut connections are what this server is for.
    socket.on('error', () => {})
    socket.on('close', () => (asked.isClosed = true))
    let text = ''
    socket.on('data', (data) => {
      text += data.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      asked.bodyBytes = text.length - end - 4
      if (asked.head !== '') return
      asked.head = text.slice(0, end)
      asked.path = asked.head.split(' ')[1]!
      const [, kind = '', mark = ''] = /^\/([^/?]*)\/?(.*)$/.exec(asked.path) ?? []
      if (kind === 'ledger') return void socket.end(answer('200 OK', ledgerOf(seen, `/${mark}`)))
      seen.push(asked)
      KINDS[kind]?.(socket, asked.path)
    })
  })
}

/** Before the test files: a server on 127.0.0.1 that treats its callers badly. */
export async function setup(project: TestProject): Promise<() => void> {
  const server = serve([])
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const origin: Origin = `http://127.0.0.1:${address.port}`
  project.provide('hostile', origin)
  return () => void server.close()
}
