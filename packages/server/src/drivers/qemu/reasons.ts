/** Why a guest stopped or ended, in words, as far as QEMU's events tell. */
export const ENDED_BY_SIGNAL = 'QEMU was ended by a signal'

interface MonitorEvent {
  readonly name: string
  readonly data: Record<string, unknown>
}

const shutdownReasons: Readonly<Record<string, string>> = {
  'guest-shutdown': 'it was shut down from inside',
  'guest-panic': 'its system panicked',
  'host-qmp-quit': 'it was stopped',
  'host-signal': ENDED_BY_SIGNAL,
}

export function reasonOf(event: MonitorEvent): string | undefined {
  if (event.name === 'SHUTDOWN') return shutdownReasons[String(event.data['reason'])]
  if (event.name === 'RESUME') return undefined
  if (event.name !== 'BLOCK_IO_ERROR') return undefined
  return event.data['nospace'] === true
    ? 'the file system of the host is full: free space, then start the server'
    : 'a disk of the server could not be written or read'
}
