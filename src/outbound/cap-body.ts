/** A body that breaks with an error once more than `maxBytes` have come. Readable into buffers. */
export function capBody(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream()
  const writer = writable.getWriter()
  // Whoever reads sees the error there.
  void pump(body, writer, maxBytes).catch((caught: unknown) => writer.abort(caught).catch(() => {}))
  return readable
}

async function pump(
  body: ReadableStream<Uint8Array>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  maxBytes: number,
): Promise<void> {
  let left = maxBytes
  for await (const piece of body) {
    left -= piece.length
    if (left < 0) throw new RangeError(`The body is larger than ${maxBytes} bytes.`)
    await writer.write(piece)
  }
  await writer.close()
}
