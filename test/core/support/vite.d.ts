/** Environment variables that begin with `VITE_`, as vite hands them to modules. */
interface ImportMeta {
  readonly env: Readonly<Record<string, string | undefined>>
}
