import { installed, onPath, postgres } from './debian.mjs'

/**
 * Debian packages, with what tells that one is not needed: a QEMU built by the user counts as well. A package is
 * installed without its recommendations.
 */
const forGuests = [
  { name: 'qemu-system-x86', why: 'runs the servers', isThere: onPath('qemu-system-x86_64') },
  { name: 'qemu-utils', why: 'makes and examines disk layers', isThere: onPath('qemu-img') },
  { name: 'xorriso', why: "writes the servers' disks for cloud-init", isThere: onPath('xorriso') },
]
const forTinyLinux = [
  // Debian's other busybox package has a program of the same name that cannot run without its libraries.
  { name: 'busybox-static', why: 'is the userland of the demo server', isThere: installed('busybox-static') },
  { name: 'e2fsprogs', why: "makes the demo server's file system", isThere: onPath('mke2fs') },
]

/** A host without it has servers that boot by BIOS alone. */
const forUefi = [{ name: 'ovmf', why: 'is the UEFI of the servers that boot by it', isThere: installed('ovmf') }]

/** Debian's package also makes a cluster of its own and starts it; the tests make theirs and leave that one alone. */
const forDatabases = [{ name: 'postgresql', why: 'is the other database of every test', isThere: postgres }]

/** Every page of the service is looked at as people see it. */
const forPages = { name: 'chromium', why: 'shows the pages of the service', isThere: onPath('chromium') }

/** The samples of the README and of the documentation are run as they stand, and its pages looked at. */
const forSamples = [
  { name: 'curl', why: 'runs the samples', isThere: onPath('curl') },
  { name: 'python3', why: 'runs the samples', isThere: onPath('python3') },
  { name: 'systemd', why: 'checks its own units', isThere: onPath('systemd-analyze') },
  forPages,
]

/** What builds the Debian image that the whole life of a server is tried with. */
const forDistro = [
  { name: 'mmdebstrap', why: 'installs a Debian into a folder', isThere: onPath('mmdebstrap') },
  { name: 'fdisk', why: 'partitions a disk image', isThere: onPath('sfdisk') },
  { name: 'e2fsprogs', why: 'makes a file system of the folder', isThere: onPath('mke2fs') },
  { name: 'mtools', why: "makes UEFI's file system", isThere: onPath('mformat') },
  { name: 'openssh-client', why: 'reaches the servers', isThere: onPath('ssh') },
]

/**
 * What each command runs and needs. `development`: it needs the npm packages for development too. `console`: that is
 * built, where it is not what its sources say.
 */
export const commands = {
  start: {
    summary: 'run the service',
    entry: 'packages/server/src/main.ts',
    // A young generation that fits what a request leaves behind: the default only makes the service larger.
    nodeOptions: ['--max-semi-space-size=4'],
    debian: [...forGuests, ...forTinyLinux],
    development: false,
    console: true,
  },
  rebuild: {
    summary: 'make a new database from the records and layers of the state folder: npm run rebuild -- --dry-run',
    entry: 'packages/server/src/rebuild.ts',
    debian: forGuests,
    development: false,
  },
  doctor: {
    summary: 'look whether all is well with the state folder and its servers; changes nothing unless told --repair',
    entry: 'packages/server/src/doctor.ts',
    debian: forGuests,
    development: false,
  },
  test: {
    summary: 'run all checks and tests, or the test files whose path contains an argument: npm test -- layers',
    entry: 'test/run.ts',
    debian: [...forGuests, ...forTinyLinux, ...forUefi, ...forDatabases, ...forSamples],
    development: true,
    console: true,
  },
  'test:e2e': {
    summary: 'use the console in a browser, before a server that really runs: some 20 minutes',
    entry: 'test/e2e/main.ts',
    debian: [...forGuests, ...forTinyLinux, forPages],
    development: true,
    console: true,
  },
  'test:faults': {
    summary: 'try every fault there is, count what was lost: some 25 minutes',
    entry: 'test/faults/main.ts',
    debian: [...forGuests, ...forTinyLinux, ...forUefi, ...forDatabases],
    development: true,
  },
  soak: {
    summary: 'kill the service and QEMUs at random moments: npm run soak -- --minutes M --seed S',
    entry: 'test/faults/soak/main.ts',
    debian: [...forGuests, ...forTinyLinux, ...forDatabases],
    development: true,
  },
  'test:distro': {
    summary: 'try the whole life of a server with a real Debian that is built for it',
    entry: 'test/distro/main.ts',
    debian: [...forGuests, ...forUefi, ...forDistro],
    development: true,
  },
  conformance: {
    summary: 'test any server of this API: npm run conformance -- --url URL --token TOKEN',
    entry: 'test/conformance/main.ts',
    debian: [],
    development: false,
  },
  check: {
    summary: 'check types, lint rules and format',
    entry: 'scripts/check.ts',
    debian: [],
    development: true,
  },
  console: {
    summary: 'work on the console: it shows every change at once, beside a service that runs (RESTPOINT_URL)',
    entry: 'packages/console/build/dev.ts',
    debian: [],
    development: true,
  },
  openapi: {
    summary: 'write docs/openapi.json anew from the route schemas',
    entry: 'scripts/openapi.ts',
    debian: [],
    development: true,
  },
  sdk: {
    summary: 'write packages/sdk/src/api.ts anew from docs/openapi.json',
    entry: 'packages/sdk/generate/main.ts',
    debian: [],
    development: true,
  },
}

export function help() {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`)
  return `usage: node scripts/boot.mjs COMMAND [ARGUMENT…]

${lines.join('\n')}

What a command needs is installed first: npm packages into node_modules, a Node of our own there when yours is older
than 24.12, and Debian packages, after naming them, as root or with passwordless sudo. Otherwise the exact command is
printed, and the exit code is 3.

RESTPOINT_SETUP=print   install nothing: print the exact commands (exit code 3), or run where nothing is missing`
}
