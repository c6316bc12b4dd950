import { Refusal, type Call, type Reply } from './call.ts'
import { mimeType } from './pictures.ts'

/** In the query of a link that is no longer good. */
export const EXPIRED = 'expired=1'

/** What lies behind a link that an answer gave. @throws Refusal 403 or 404. */
export function serveFile(call: Call): Reply {
  if (call.query.has('expired')) throw new Refusal(403, 'The link has expired.')
  const picture = call.world.files.get(call.path)
  if (!picture) throw new Refusal(404, 'No such file.')
  return {
    status: 200,
    headers: { 'content-type': mimeType(picture.format) },
    body: [picture.bytes()],
  }
}
