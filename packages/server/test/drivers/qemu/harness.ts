/** Hands for the contract suite on real QEMU: machines without a system in them, written to as a guest would. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Monitor } from '@restpoint/qmp/monitor'
import { killMachines, machinesOf } from '../../../../../test/system/support/machines.ts'
import {
  BLOCK_BYTES,
  type Contents,
  type ContractHarness,
  DISK_BYTES,
  plainMachine,
} from '../../../src/drivers/contract/harness.ts'
import type { Driver, Layer, Machine } from '../../../src/drivers/driver.ts'
import { deviceId } from '../../../src/drivers/qemu/command-line.ts'
import { type Host, realHost } from '../../../src/drivers/qemu/host.ts'
import { guestPaths } from '../../../src/drivers/qemu/paths.ts'
import { openQemuDriver } from '../../../src/drivers/qemu/qemu-driver.ts'

const execute = promisify(execFile)

/** Ports of the first serial port of a PC, and the bit of its line status that says there is a byte to read. */
const SERIAL = { data: 0x3f8, status: 0x3fd, isThere: 1 }

const SLOW = 256 * 1024
const NORMAL = 64 * 1024 * 1024

export async function qemuHarness(): Promise<ContractHarness> {
  const stateDir = await mkdtemp(join(tmpdir(), 'restpoint-contract-'))
  const sourceDir = await mkdtemp(join(tmpdir(), 'restpoint-sources-'))
  const paths = guestPaths(stateDir)
  const machines = new Map<number, Machine>()
  const pace = new Pace()
  let lastId = 0
  let bootId = randomUUID()
  let driver = await open()

  function open(): Promise<Driver> {
    const options = { stateDir, accel: 'tcg', mergeBytesPerSecond: NORMAL } as const
    return openQemuDriver(onBoot(bootId, pace.applyTo(realHost(null))), options)
  }

  /** On the second monitor, which the driver leaves alone. */
  async function asked<Value>(serverId: number, ask: (say: (line: string) => Promise<string>) => Promise<Value>) {
    const doctor = await Monitor.connect(paths.machine(serverId).doctor, { timeoutMs: 5000 })
    try {
      return await ask(line => doctor.execute<string>('human-monitor-command', { 'command-line': line }))
    } finally {
      doctor.close()
    }
  }

  /** On the device itself, as its guest would. */
  async function io(serverId: number, slot: number, command: string): Promise<string> {
    const disk = machines.get(serverId)?.disks.find(one => one.slot === slot)
    if (!disk) throw new Error(`server ${serverId} has no disk in slot ${slot}`)
    const { log } = paths.machine(serverId)
    return asked(serverId, async say => {
      const before = (await readFile(log)).length
      await say(`qemu-io -d /machine/peripheral/${deviceId(disk.diskId)}/virtio-backend "${command}"`)
      // What qemu-io says in a monitor goes to QEMU's own output, not into the answer.
      return (await readFile(log)).subarray(before).toString()
    })
  }

  return {
    get driver() {
      return driver
    },
    newId: () => ++lastId,
    async createImage(contents) {
      const id = ++lastId
      const path = join(stateDir, 'images', `${id}.qcow2`)
      const layer: Layer = { id, sizeBytes: DISK_BYTES, format: 'qcow2', isImage: true, file: path }
      await mkdir(join(stateDir, 'images'), { recursive: true })
      await makeImage(path, 'qcow2', contents)
      return layer
    },
    async createSource(contents, format) {
      const path = join(sourceDir, `${++lastId}.${format}`)
      await makeImage(path, format, contents)
      return { path, format }
    },
    removeSource: ({ path }) => rmSync(path, { force: true }),
    makeMachine(disks) {
      const machine = { ...plainMachine, serverId: ++lastId, uuid: randomUUID(), disks }
      machines.set(machine.serverId, machine)
      return machine
    },
    async write(serverId, slot, block, value) {
      const said = await io(serverId, slot, `write -P ${value} ${block * BLOCK_BYTES} ${BLOCK_BYTES}`)
      if (!said.includes(`wrote ${BLOCK_BYTES}/${BLOCK_BYTES}`)) throw new Error(said)
    },
    async sync(serverId, slot) {
      const said = await io(serverId, slot, 'flush')
      if (said.trim() !== '') throw new Error(said)
    },
    async read(serverId, slot, block) {
      const at = block * BLOCK_BYTES
      const dump = await io(serverId, slot, `read -v ${at} 512`)
      const value = Number.parseInt(/^[0-9a-f]{8}:\s+([0-9a-f]{2})/m.exec(dump)?.[1] ?? '', 16)
      const whole = await io(serverId, slot, `read -P ${value} ${at} ${BLOCK_BYTES}`)
      if (whole.includes('verification failed')) throw new Error(`block ${block} is not of one value: ${dump}`)
      return value
    },
    contents: top => readContents(stateDir, paths.layer(top), top.format),
    print: (serverId, text) =>
      asked(serverId, async say => {
        for (const byte of Buffer.from(text)) await say(`o /b ${SERIAL.data} ${byte}`)
      }),
    typed: (serverId, length) =>
      asked(serverId, async say => {
        const read = async (port: number) =>
          Number.parseInt(/= 0x([0-9a-f]+)/.exec(await say(`i /b ${port}`))?.[1] ?? '', 16)
        const bytes: number[] = []
        for (; bytes.length < length; await sleep(1)) {
          if ((await read(SERIAL.status)) & SERIAL.isThere) bytes.push(await read(SERIAL.data))
        }
        return Buffer.from(bytes).toString()
      }),
    async kill(serverId) {
      const pid = Number(await readFile(paths.machine(serverId).pidFile, 'utf8'))
      process.kill(pid, 'SIGKILL')
      while ((await machinesOf(stateDir)).some(machine => machine.pid === pid)) await new Promise(setImmediate)
      // Whoever asks next must find it gone, not a monitor that is about to close.
      await driver.inspect(serverId)
    },
    setMergePace: name => pace.set(name === 'slow' ? SLOW : NORMAL),
    async reopen() {
      await driver.close()
      driver = await open()
    },
    async rebootHost() {
      await driver.close()
      await killMachines(stateDir)
      bootId = randomUUID()
      driver = await open()
    },
    async close() {
      await driver.close()
      await killMachines(stateDir)
      for (const folder of [stateDir, sourceDir]) await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A host that says it was booted at another time than the last one of another id. */
export function onBoot(bootId: string, host: Host): Host {
  const readText: Host['readText'] = async path =>
    path === '/proc/sys/kernel/random/boot_id' ? `${bootId}\n` : host.readText(path)
  return { ...host, readText }
}

/** How fast block jobs go: those that begin, and those under way. */
class Pace {
  #bytesPerSecond = NORMAL
  readonly #monitors = new Set<Monitor>()

  async set(bytesPerSecond: number): Promise<void> {
    this.#bytesPerSecond = bytesPerSecond
    for (const monitor of this.#monitors) {
      for (const { device } of await monitor.execute<{ device: string }[]>('query-block-jobs')) {
        // It may have ended in between.
        await monitor.execute('block-job-set-speed', { device, speed: bytesPerSecond }).catch(() => {})
      }
    }
  }

  applyTo(host: Host): Host {
    return {
      ...host,
      follow: (program, args, options) => {
        const rate = args[0] === 'convert' ? ['-r', String(this.#bytesPerSecond)] : []
        return host.follow(program, [...args.slice(0, 1), ...rate, ...args.slice(1)], options)
      },
      // By lines: harness and test wait for what QEMU prints.
      launch: async (program, args, log) => {
        const pid = await host.launch('stdbuf', ['-oL', program, ...args], log)
        while ((await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).startsWith('stdbuf')) await sleep(1)
        return pid
      },
      connect: async (socket, timeoutMs) => {
        const monitor = await host.connect(socket, timeoutMs)
        this.#monitors.add(monitor)
        monitor.onClose(() => this.#monitors.delete(monitor))
        const send = monitor.execute.bind(monitor)
        monitor.execute = ((command: string, args?: Record<string, unknown>, options?: object) =>
          send(
            command,
            command === 'block-stream' ? { ...args, speed: this.#bytesPerSecond } : args,
            options,
          )) as Monitor['execute']
        return monitor
      },
    }
  }
}

async function makeImage(path: string, format: Layer['format'], contents: Contents): Promise<void> {
  await execute('qemu-img', ['create', '-q', '-f', format, path, String(DISK_BYTES)])
  const writes = [...contents].flatMap(([block, value]) => [
    '-c',
    `write -P ${value} ${block * BLOCK_BYTES} ${BLOCK_BYTES}`,
  ])
  if (writes.length > 0) await execute('qemu-io', ['-f', format, ...writes, path])
}

async function readContents(stateDir: string, path: string, format: Layer['format']): Promise<Contents> {
  const raw = join(stateDir, `${randomUUID()}.raw`) // two may be read at once
  await execute('qemu-img', ['convert', '-U', '-f', format, '-O', 'raw', path, raw])
  const bytes = await readFile(raw)
  await rm(raw)
  const contents = new Map<number, number>()
  for (let block = 0; block * BLOCK_BYTES < bytes.length; block++) {
    const piece = bytes.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)
    const value = piece[0] ?? 0
    if (!piece.equals(Buffer.alloc(piece.length, value)))
      throw new Error(`block ${block} of ${path} is not of one value`)
    if (value !== 0) contents.set(block, value)
  }
  return contents
}
