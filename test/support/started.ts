/** Origins of the gateways that this process has started. */
const origins = new Set<string>()

export function remember(origin: string): void {
  origins.add(origin)
}

export const isGateway = (url: string): boolean =>
  URL.canParse(url) && origins.has(new URL(url).origin)
