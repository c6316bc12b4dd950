/** How long jobs and images can be kept behind their deadline, seconds, and how long where nobody says. */
export const RETENTION = { least: 300, most: 365 * 86_400, usual: 7 * 86_400 } as const
