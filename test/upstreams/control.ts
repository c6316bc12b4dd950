import { json, type Reply, type Settings } from './call.ts'
import { FAULT_KINDS, type Fault, type Faults } from './faults.ts'
import type { ReadCall } from './read-call.ts'

function arm(raw: Buffer, faults: Faults): Reply {
  const body = JSON.parse(raw.toString()) as Fault | Fault[]
  const all = Array.isArray(body) ? body : [body]
  if (!all.every(({ kind }) => FAULT_KINDS.includes(kind))) {
    return json({ error: 'Unknown kind of fault.', kinds: FAULT_KINDS }, 400)
  }
  faults.add(...all)
  return json({ armed: all.length })
}

/** What tests in other processes steer the simulators with, and look at. */
export function control({ call, raw }: ReadCall, faults: Faults): Reply {
  const { world } = call
  switch (`${call.method} ${call.path}`) {
    case 'POST /control/faults':
      return arm(raw, faults)
    case 'GET /control/ledger':
      return json({ calls: world.ledger.calls, requests: world.ledger.requests })
    case 'POST /control/settings':
      world.settings = { ...world.settings, ...(call.json as Partial<Settings>) }
      return json(world.settings)
    case 'POST /control/reset':
      world.reset()
      return json({ reset: true })
    default:
      return json({ error: 'No such path.' }, 404)
  }
}
