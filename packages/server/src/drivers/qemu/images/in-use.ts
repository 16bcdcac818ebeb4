/**
 * Whether a QEMU has a file open for writing. A copy of such a disk would lack what that QEMU has in its caches, and no
 * check of the copy could tell. QEMU says what it does with a file by locks on single bytes of it (block/file-posix.c):
 * byte 100 and those after it stand for what it may do, in the order of its permissions. The kernel lists all locks in
 * /proc/locks (proc_locks(5)); asking QEMU's own tools would need the rights of its user on the file.
 */
const WRITE_BYTE = 101
const RESIZE_BYTE = 103

/** `file`: device and inode as the kernel writes them there, `fe:00:1234`. */
export function isWrittenByQemu(locks: string, file: string): boolean {
  return locks.split('\n').some(line => {
    // 1: OFDLCK ADVISORY  READ -1 fe:00:1234 100 101
    const [, kind, , , , place, start, end] = line.trim().split(/\s+/)
    if (kind !== 'OFDLCK' || place !== file) return false
    const [from, to] = [Number(start), end === 'EOF' ? Number.POSITIVE_INFINITY : Number(end)]
    return [WRITE_BYTE, RESIZE_BYTE].some(byte => from <= byte && byte <= to)
  })
}

/** As the kernel takes a device's number apart (new_encode_dev). */
export function placeOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n)
  return `${hex(major)}:${hex(minor)}:${ino}`
}

function hex(number: bigint): string {
  return number.toString(16).padStart(2, '0')
}
