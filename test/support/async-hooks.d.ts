/** What the Workers runtime has of Node's module under `nodejs_compat`, as far as it is used here. */
declare module 'node:async_hooks' {
  export class AsyncLocalStorage<T> {
    run<R>(store: T, callback: () => R): R
    getStore(): T | undefined
  }
}
