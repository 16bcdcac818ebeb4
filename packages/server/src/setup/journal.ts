/** Whether what we print goes to systemd's journal, where it stays and others read it. */
import { fstatSync } from 'node:fs'

/** systemd names the journal's stream as DEVICE:INODE, so that a program can tell it from where it was sent since (systemd.exec(5)). */
export function isJournal(fileDescriptor: number, stream: string | undefined): boolean {
  if (!stream) return false
  const { dev, ino } = fstatSync(fileDescriptor)
  return stream === `${dev}:${ino}`
}
