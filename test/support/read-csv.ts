/** Rows of a file as RFC 4180 has it, each by the names of the header. @throws where it is no such file. */
export function readCsv(file: string): Record<string, string>[] {
  if (!file.endsWith('\r\n')) throw new Error('The file does not end with a line end.')
  const [header = [], ...rows] = readRows(file)
  return rows.map((cells) => {
    if (cells.length !== header.length) throw new Error(`${cells.length} cells: ${cells.join()}`)
    return Object.fromEntries(header.map((name, i) => [name, cells[i]!]))
  })
}

/** A cell, in quotes or without, and what ends it. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y

function readRows(file: string): string[][] {
  const rows: string[][] = [[]]
  CELL.lastIndex = 0
  while (CELL.lastIndex < file.length) {
    const at = CELL.lastIndex
    const found = CELL.exec(file)
    if (!found) throw new Error(`No cell at ${at}: ${file.slice(at, at + 50)}`)
    const [, quoted, plain, end] = found
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end === '\r\n' && CELL.lastIndex < file.length) rows.push([])
  }
  return rows
}

/** Micro-dollars of a cell that holds USD with six decimals. */
export function microsOf(cell: string): number {
  if (!/^-?\d+\.\d{6}$/.test(cell)) throw new Error(`No USD with six decimals: ${cell}`)
  return Number(cell.replace('.', ''))
}
