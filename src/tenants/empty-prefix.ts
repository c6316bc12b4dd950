/** Objects that R2 lists and deletes at once. */
const PAGE = 1000

export interface Emptied {
  pages: number
  objects: number
  bytes: number
  /** The pages were not enough. */
  more: boolean
}

/** Deletes what lies under a prefix, as far as so many pages go. */
export async function emptyPrefix(
  bucket: Pick<R2Bucket, 'list' | 'delete'>,
  prefix: string,
  mostPages: number,
): Promise<Emptied> {
  const emptied: Emptied = { pages: 0, objects: 0, bytes: 0, more: true }
  while (emptied.more && emptied.pages < mostPages) {
    const page = await bucket.list({ prefix, limit: PAGE })
    if (page.objects.length > 0) await bucket.delete(page.objects.map(({ key }) => key))
    emptied.pages += 1
    emptied.objects += page.objects.length
    for (const { size } of page.objects) emptied.bytes += size
    emptied.more = page.truncated
  }
  return emptied
}
