import { execFile } from 'node:child_process'

/** The Debian package of each program that the builder starts, for the remedy when one is missing. */
const packageOf = {
  'apt-cache': 'apt',
  'apt-get': 'apt',
  busybox: 'busybox-static',
  'dpkg-deb': 'dpkg',
  debugfs: 'e2fsprogs',
  ldd: 'libc-bin',
  mke2fs: 'e2fsprogs',
  'qemu-img': 'qemu-utils',
} as const

export type Program = keyof typeof packageOf

/** The tiny guest could not be built; the message says why and what to do about it. */
export class GuestBuildError extends Error {
  override readonly name = 'GuestBuildError'
}

/** Debian keeps mke2fs and debugfs in /sbin, which is not on every user's PATH. */
const programPath = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`

/**
 * Runs a program by argument array and returns its standard output.
 * @throws GuestBuildError when the program is missing (naming its Debian package) or fails (with the end of its stderr).
 */
export function run(
  program: Program,
  args: readonly string[],
  { cwd, path = programPath }: { cwd?: string; path?: string } = {},
): Promise<string> {
  const env = { ...process.env, PATH: path, LC_ALL: 'C' }
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { ...(cwd === undefined ? {} : { cwd }), env, maxBuffer: 16 << 20 },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout)
        if (error.code === 'ENOENT') return reject(missing(program))
        const said = stderr.trim().split('\n').slice(-3).join(' / ') || error.message
        reject(new GuestBuildError(`${program} failed: ${said}`))
      },
    )
  })
}

function missing(program: Program): GuestBuildError {
  const name = packageOf[program]
  return new GuestBuildError(
    `The tiny guest needs the program ${program} (Debian package ${name}). Install it: apt-get install ${name}`,
  )
}
