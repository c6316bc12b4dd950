import { errors, GatewayError, toGatewayError } from '../core/error.ts'

/** The platform's marks on a failed call to a Durable Object. */
interface Marks {
  retryable?: boolean
  overloaded?: boolean
  durableObjectReset?: boolean
}

const TRIES = 4

/** It has done nothing. One that was reset because its isolate was out of memory is marked so, too, and may have. */
export function isOverloaded(caught: unknown): boolean {
  const { overloaded, durableObjectReset } = (caught ?? {}) as Marks
  return overloaded === true && !durableObjectReset
}

/** What is told of a call that failed. */
export const failureOf = (caught: unknown): GatewayError =>
  isOverloaded(caught) ? new GatewayError(errors.overloaded()) : toGatewayError(caught)

/**
 * Calls a method of a named object, again where the platform says that it may help. Only for calls that
 * may be repeated. A fresh stub each time: a broken one stays broken. The first call places the object.
 */
export async function callObject<T extends Rpc.DurableObjectBranded, R>(
  namespace: DurableObjectNamespace<T>,
  name: string,
  call: (stub: DurableObjectStub<T>) => Promise<R>,
  locationHint?: DurableObjectLocationHint,
): Promise<R> {
  for (let tries = 1; ; tries++) {
    try {
      return await call(namespace.getByName(name, locationHint && { locationHint }))
    } catch (caught) {
      const { retryable, durableObjectReset } = caught as Marks
      const mayHelp = durableObjectReset || (retryable && !isOverloaded(caught))
      if (tries >= TRIES || !mayHelp) throw caught
      await scheduler.wait(25 * 2 ** tries * (0.5 + Math.random()))
    }
  }
}
