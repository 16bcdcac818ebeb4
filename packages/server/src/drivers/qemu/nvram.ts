/**
 * UEFI's variables are in flash memory to the guest, which knows no flush: what it has written it takes for kept. QEMU
 * writes the bytes at once, but where in a qcow2 file they are only when it is told to. So we tell it, every other
 * second; where nothing was written since, it costs one question.
 */
import type { Session } from './session.ts'

const EVERY_MS = 2_000

/** Until the machine ends, or we let it go. */
export function keepFlushed(session: Session): void {
  if (!session.hasNvram) return
  let isAtIt = false
  const timer = setInterval(() => {
    if (isAtIt) return
    isAtIt = true
    // One that does not answer, or is about to end, is asked again, or flushes by itself.
    void session
      .exclusively(() => flush(session))
      .catch(() => {})
      .finally(() => {
        isAtIt = false
      })
  }, EVERY_MS)
  timer.unref()
  session.monitor.onClose(() => clearInterval(timer))
}

async function flush(session: Session): Promise<void> {
  const top = await session.nvramLayer()
  if (top !== undefined) await session.flush({ id: top })
}
