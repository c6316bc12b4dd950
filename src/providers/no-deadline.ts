/** Of handles that stay readable long after any job's own deadline, ms. */
export const NO_DEADLINE = Number.MAX_SAFE_INTEGER
