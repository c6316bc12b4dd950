import { readFileSync } from 'node:fs'
import type { Plugin } from 'esbuild'
import { parseAst } from 'rolldown/parseAst'

/**
 * Members of hono's classes and zod's schemas that nothing calls, by file: 2.3 KiB of the bundle after gzip.
 * A call of one would throw; .oxlintrc.json holds that there is none. `pattern`, `values` and `propValues` are
 * computed for records, discriminated unions and template literals only.
 */
const UNCALLED: Record<string, readonly string[]> = {
  'hono/dist/hono-base.js': ['mount', 'route', 'basePath', '#clone', 'request', 'fire'],
  'hono/dist/context.js': [
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
  'hono/dist/request.js': [
    '#cachedBody',
    'GET_MATCH_RESULT',
    'addValidatedData',
    'arrayBuffer',
    'blob',
    'bodyCache',
    'bytes',
    'formData',
    'json',
    'matchedRoutes',
    'parseBody',
    'routePath',
    'text',
    'valid',
  ],
  'zod/v4/core/schemas.js': ['~standard', 'pattern', 'propValues', 'values'],
  'zod/v4/mini/schemas.js': ['brand', 'parseAsync', 'register', 'safeParseAsync'],
}

const FILES = /[\\/](hono[\\/]dist|zod[\\/]v4)[\\/].*\.js$/

export const leaveUncalledOut: Plugin = {
  name: 'leave-uncalled-out',
  setup: (esbuild) =>
    esbuild.onLoad({ filter: FILES }, ({ path }) => {
      const file = Object.keys(UNCALLED).find((it) => path.replaceAll('\\', '/').endsWith(it))
      return file ? { contents: without(readFileSync(path, 'utf8'), UNCALLED[file]!) } : null
    }),
}

/** @throws where a name is none of a member's: another version of the library is installed. */
function without(code: string, names: readonly string[]): string {
  const members = membersOf(code)
  const cut = names.flatMap((name) => {
    const found = members.filter((member) => member.name === name)
    if (found.length === 0) throw new Error(`There is no member '${name}' where it was.`)
    return found
  })
  return cut
    .toSorted((a, b) => b.start - a.start)
    .reduce(
      (left, { start, end }) => left.slice(0, start) + left.slice(end).replace(/^,/, ''),
      code,
    )
}

/** A member that zod gives to a schema: one that is computed when it is asked for, or the pattern. */
const DEFINED = /^(?:util\.defineLazyInternal\(inst, "(?=\w)|inst\._zod\.(?=pattern =))(\w+)/

interface Member {
  key: { type: string; name?: unknown; value?: unknown }
  start: number
  end: number
}

/** Members of the classes that a module has as variables, and of objects that it makes schemas of. */
const membersOf = (code: string) =>
  parseAst(code)
    .body.map((it) => (it.type === 'ExportNamedDeclaration' ? it.declaration : it))
    .flatMap((it) => (it?.type === 'VariableDeclaration' ? it.declarations : []))
    .flatMap(({ init }): Member[] => {
      if (init?.type === 'ClassExpression') return init.body.body.filter((it) => 'key' in it)
      const given = init?.type === 'CallExpression' ? init.arguments : []
      const made = given.flatMap((it) => (it.type === 'ObjectExpression' ? it.properties : []))
      const lazy = given
        .flatMap((it) =>
          it.type === 'ArrowFunctionExpression' && it.body.type === 'BlockStatement'
            ? it.body.body
            : [],
        )
        .flatMap((it) => (it.type === 'ExpressionStatement' ? it : []))
        .flatMap(({ start, end }) => {
          const name = DEFINED.exec(code.slice(start, end))?.[1]
          return name ? [{ key: { type: '', name }, start, end }] : []
        })
      return [...made.filter((it) => 'key' in it), ...lazy]
    })
    .map(({ key, start, end }) => ({ name: nameOf(key), start, end }))

/** Of a name, one with `#`, and one in quotes. */
const nameOf = ({ type, name, value }: Member['key']): string =>
  type === 'PrivateIdentifier' ? `#${String(name)}` : String(name ?? value)
