import { DurableObject } from 'cloudflare:workers'
import { type Gate, type GateReport, type GateView, newGate, reportTo, viewGate } from './gate.ts'

const KEY = 'gate'

/**
 * What is known of one credential at one upstream, told by jobs whose calls failed. Its name is the
 * credential's id. Never on the way of a request that goes well. It stores one small value, and none
 * before the first failure.
 */
export class UpstreamGate extends DurableObject<Env> {
  /** The gate after this failure. */
  report(failure: GateReport): GateView {
    const now = Date.now()
    const gate = reportTo(this.#read(), failure, now)
    this.ctx.storage.kv.put(KEY, gate)
    return viewGate(gate, now)
  }

  state(): GateView {
    return viewGate(this.#read(), Date.now())
  }

  #read(): Gate {
    return { ...newGate(), ...this.ctx.storage.kv.get<Gate>(KEY) }
  }
}
