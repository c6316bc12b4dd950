import { Refusal, type Call, type Reply } from './call.ts'
import { mimeType } from './pictures.ts'

/** What lies behind a link that an answer gave. @throws Refusal 404. */
export function serveFile(call: Call): Reply {
  const picture = call.world.files.get(call.path)
  if (!picture) throw new Refusal(404, 'No such file.')
  return {
    status: 200,
    headers: { 'content-type': mimeType(picture.format) },
    body: [picture.bytes()],
  }
}
