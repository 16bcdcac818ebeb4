/** What a driver must lend to its contract suite: hands that reach past the driver. */
import type { DiskChain, Driver, ImageSource, Layer, Machine } from '../driver.ts'

/** The suite reads and writes whole blocks of this many bytes, each filled with one byte's value. */
export const BLOCK_BYTES = 65_536
/** Disks of the suite are this large. */
export const DISK_BYTES = 64 * BLOCK_BYTES

/** A machine of which only the disks matter. */
export const plainMachine = {
  uuid: '00000000-0000-4000-8000-000000000001',
  vcpus: 1,
  memoryMb: 64,
  kernel: null,
  firmware: 'bios',
  generationId: '00000000-0000-4000-8000-000000000002',
  network: { type: 'none' },
  seed: null,
} as const satisfies Omit<Machine, 'serverId' | 'disks'>

/** Block number → value of its bytes. Blocks that are zero are left out. */
export type Contents = ReadonlyMap<number, number>

export interface ContractHarness {
  /** The driver of the day: another one after `reopen`. */
  readonly driver: Driver
  /** An id that nothing has yet, for a layer, a disk or an operation. */
  newId(): number
  /** A read-only image of `DISK_BYTES`. */
  createImage(contents: Contents): Promise<Layer>
  /** A file of the host that holds a disk of `DISK_BYTES`, as somebody brings it. */
  createSource(contents: Contents, format: ImageSource['format']): Promise<ImageSource>
  /** At once, whoever reads it. */
  removeSource(source: ImageSource): void
  /** What a machine on these disks is started with; a new server id. Its guest runs no agent. Starts nothing. */
  makeMachine(disks: readonly DiskChain[]): Machine
  /** Fills a block of a running machine's disk, as the guest would. It may still be in a cache of the machine's. */
  write(serverId: number, slot: number, block: number, value: number): Promise<void>
  /** Flushes a running machine's disk, as a sync in the guest would. */
  sync(serverId: number, slot: number): Promise<void>
  /** Reads a block of a running machine's disk, as the guest would. */
  read(serverId: number, slot: number, block: number): Promise<number>
  /** The whole content of a layer through everything below it, by the headers; asked only where nobody writes. */
  contents(top: Layer): Promise<Contents>
  /** Sends these bytes out of a running machine's serial port, as the guest would. */
  print(serverId: number, text: string): Promise<void>
  /** Reads so many bytes from a running machine's serial port, as the guest would. */
  typed(serverId: number, length: number): Promise<string>
  /** SIGKILL of the machine; resolves when it is gone. */
  kill(serverId: number): Promise<void>
  /**
   * `slow`: a merge or flatten of 24 blocks is still under way a second after it has begun. `normal`: merges under way
   * and whatever is new end within seconds. Nothing to do for a driver that always takes between the two.
   */
  setMergePace(pace: 'slow' | 'normal'): Promise<void>
  /** As after the service was killed: the machines run on, `driver` is a new one. It has not adopted anything. */
  reopen(): Promise<void>
  /** As after the host has lost its power and come back: no machine runs, `driver` is a new one. */
  rebootHost(): Promise<void>
  /** Ends every machine, closes the driver, removes every file. */
  close(): Promise<void>
}
