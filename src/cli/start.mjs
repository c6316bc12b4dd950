// Plain JavaScript, so that a Node too old for the rest can still say so.
if (process.features.typescript) {
  await import('./start.ts')
} else {
  console.error(
    `Darkroom needs Node 22.18 or newer and this is ${process.version}: run "npm ci" without --ignore-scripts, it puts Node 24 into node_modules and leaves yours alone.`,
  )
  process.exitCode = 1
}
