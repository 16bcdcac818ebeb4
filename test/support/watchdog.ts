/**
 * Loaded into each test process by test/run.ts: ends one that does not end by itself, because a test hangs or has left
 * a socket, timer or process open. The runner's own timeout ends tests, but not their process.
 */
const milliseconds = Number(process.env['TEST_FILE_TIMEOUT'])

setTimeout(() => {
  const open = process.getActiveResourcesInfo().join(', ')
  console.error(`${process.argv[1]} has not ended after ${milliseconds / 1000} s; still open: ${open}`)
  process.exit(1)
}, milliseconds).unref()
