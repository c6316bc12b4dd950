import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Plugin } from 'esbuild'
import { parseAst } from 'rolldown/parseAst'

/**
 * Members of hono's classes that no route calls, by file: 1.7 KiB of the bundle after gzip. A call of one
 * would throw; .oxlintrc.json holds that there is none.
 */
const UNCALLED: Record<string, readonly string[]> = {
  'hono-base': ['mount', 'route', 'basePath', '#clone', 'request', 'fire'],
  context: [
    'event',
    'get',
    'getLayout',
    'html',
    'newResponse',
    'redirect',
    'render',
    'setLayout',
    'setRenderer',
    'status',
    'text',
  ],
  request: ['addValidatedData', 'matchedRoutes', 'parseBody', 'routePath', 'valid'],
}

const FILES = new RegExp(
  String.raw`[\\/]hono[\\/]dist[\\/](${Object.keys(UNCALLED).join('|')})\.js$`,
)

export const leaveUncalledOut: Plugin = {
  name: 'leave-uncalled-out',
  setup: (esbuild) =>
    esbuild.onLoad({ filter: FILES }, ({ path }) => ({
      contents: without(readFileSync(path, 'utf8'), UNCALLED[basename(path, '.js')]!),
    })),
}

/** @throws where a name is none of a member's: another version of hono is installed. */
function without(code: string, names: readonly string[]): string {
  const members = membersOf(code)
  const cut = names.map((name) => {
    const found = members.find((member) => member.name === name)
    if (!found) throw new Error(`hono has no member '${name}' where it was.`)
    return found
  })
  return cut
    .toSorted((a, b) => b.start - a.start)
    .reduce((left, { start, end }) => left.slice(0, start) + left.slice(end), code)
}

/** Members of the classes that a module has as variables. */
const membersOf = (code: string): { name: string; start: number; end: number }[] =>
  parseAst(code)
    .body.flatMap((it) => (it.type === 'VariableDeclaration' ? it.declarations : []))
    .flatMap(({ init }) => (init?.type === 'ClassExpression' ? init.body.body : []))
    .flatMap((member) =>
      'key' in member && 'name' in member.key
        ? [{ name: nameOf(member.key), start: member.start, end: member.end }]
        : [],
    )

const nameOf = ({ type, name }: { type: string; name: unknown }): string =>
  type === 'PrivateIdentifier' ? `#${String(name)}` : String(name)
