import type { Size } from '../../core/size.ts'
import { type Box, findBox, listBoxes } from './boxes.ts'
import { fourCC, hasText, u16, u32 } from './bytes.ts'
import type { Format } from './format.ts'

/** AVIF 1.1 (https://aomediacodec.github.io/av1-avif/) over HEIF, ISO/IEC 23008-12. */
export const avif: Format = {
  type: 'image/avif',
  matches: (head) => hasText(head, 4, 'ftyp') && isAvif(head),
  size: (head) => {
    const meta = findBox(listBoxes(head, 0, head.length), 'meta')
    return meta ? readPrimarySize(head, listBoxes(head, meta.start + 4, meta.end)) : null
  },
  isWhole: ({ head, bytes }) => {
    const boxes = listBoxes(head, 0, head.length)
    const hasData = bytes > head.length || boxes.some((box) => isData(head, box))
    return hasData && boxes.every((box) => box.end <= bytes)
  },
}

/** A major brand of AVIF, or the neutral `mif1` with AVIF among the compatible ones. HEIC has its own. */
function isAvif(head: Uint8Array): boolean {
  const major = fourCC(head, 8)
  if (major === 'avif' || major === 'avis') return true
  if (major !== 'mif1' && major !== 'msf1') return false
  const end = Math.min(u32(head, 0), head.length)
  for (let at = 16; at + 4 <= end; at += 4)
    if (hasText(head, at, 'avif') || hasText(head, at, 'avis')) return true
  return false
}

/** Where coded pictures lie: media data, a `mini` box, or item data inside the `meta` box. */
const isData = (head: Uint8Array, { name, start, end }: Box): boolean =>
  name === 'mdat' ||
  name === 'mini' ||
  (name === 'meta' && findBox(listBoxes(head, start + 4, end), 'idat') !== null)

/** The size of the primary item, as it is shown: a quarter turn swaps the sides. */
function readPrimarySize(head: Uint8Array, meta: Box[]): Size | null {
  const primary = findBox(meta, 'pitm')
  const iprp = findBox(meta, 'iprp')
  if (!primary || !iprp) return null
  const groups = listBoxes(head, iprp.start, iprp.end)
  const ipco = findBox(groups, 'ipco')
  const ipma = findBox(groups, 'ipma')
  if (!ipco || !ipma) return null
  const id = head[primary.start] === 0 ? u16(head, primary.start + 4) : u32(head, primary.start + 4)
  const all = listBoxes(head, ipco.start, ipco.end)
  const own = readAssociations(head, ipma, id).flatMap((index) => all[index - 1] ?? [])
  const ispe = findBox(own, 'ispe')
  if (!ispe || ispe.start + 12 > head.length) return null
  const width = u32(head, ispe.start + 4)
  const height = u32(head, ispe.start + 8)
  const irot = findBox(own, 'irot')
  const turned = irot !== null && ((head[irot.start] ?? 0) & 1) === 1
  return turned ? { width: height, height: width } : { width, height }
}

/** Indexes (from 1) of the properties that `ipma` gives to one item. */
function readAssociations(head: Uint8Array, ipma: Box, item: number): number[] {
  const wideIds = (head[ipma.start] ?? 0) >= 1
  const wideIndexes = ((head[ipma.start + 3] ?? 0) & 1) === 1
  const step = wideIndexes ? 2 : 1
  const end = Math.min(ipma.end, head.length)
  for (let at = ipma.start + 8; at < end;) {
    const id = wideIds ? u32(head, at) : u16(head, at)
    const first = at + (wideIds ? 5 : 3)
    const count = head[first - 1] ?? 0
    if (id === item)
      return Array.from({ length: count }, (_, i) =>
        wideIndexes ? u16(head, first + 2 * i) & 0x7fff : (head[first + i] ?? 0) & 0x7f,
      )
    at = first + count * step
  }
  return []
}
