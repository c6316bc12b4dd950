/** Bindings of the bench's Workers, beside the gateway's own. */
export interface BenchEnv extends Env {
  /** Which Worker of this bundle answers: see `bench-worker.ts`. */
  ROLE: string
  /** Base URL of the fake upstream. */
  UPSTREAM: string
  /** 'true': the null bucket hashes what it is given, and gives it back. */
  VERIFY?: string
}

/** The caller's request, as it is, to the fake upstream. */
export function forward(request: Request, env: BenchEnv): Promise<Response> {
  const { pathname } = new URL(request.url)
  const { method, headers, body } = request
  return fetch(`${env.UPSTREAM}${pathname}`, { method, headers, body })
}
