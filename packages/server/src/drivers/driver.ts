/**
 * The contract between Restpoint and what runs its servers and keeps their layers. `contract.ts` is the suite that
 * every driver passes; whoever writes a driver reads this page and runs that suite.
 *
 * **Ids.** The caller chooses every id before the first side effect, so a repeated call acts on the same object. A
 * driver derives every path and every name from ids alone.
 *
 * **Repeats.** Every method may be called again after a crash or an unknown outcome: it first looks whether the work
 * is already done. Removing what is not there succeeds. Nobody above retries blindly; they call again to *ask*.
 *
 * **Durability.** When a method that makes or changes a layer resolves, the change survives a power cut.
 *
 * **Truth.** A driver keeps no record that could disagree with the world: what runs is asked of the processes, a
 * running machine's chain of the machine, a stopped one's of the headers. Who needs a layer is the caller's to know.
 *
 * **Merges give way.** A merge never delays a cut, a halt, a stop or a start: the driver cancels whatever is in their
 * way, and the merge's own call rejects with `MergeYielded`. Whether a finished-looking merge counts is the caller's
 * journal's to say: only a merge whose `flushMerge` was recorded may be pivoted, and the dropped layer is discarded
 * only after the pivot was recorded.
 *
 * **Failures.** Expected ones are `Failure`s of the catalogue or the classes below; anything else is a defect or an
 * unknown outcome, and the caller asks again.
 */
import type { Duplex } from 'node:stream'
import type { Consistency, ConsistencyReason, ConsistencyRequest } from '../domain/consistency.ts'
import type { LayerId } from '../domain/layers.ts'

export interface Layer {
  readonly id: LayerId
  /** Virtual size in bytes. */
  readonly sizeBytes: number
  readonly format: 'qcow2' | 'raw'
  /** Images are opened read-only, always. */
  readonly isImage: boolean
  /** Host path of an image that is used in place; null: the driver's own file for this id. */
  readonly file: string | null
}

/** One disk of a machine: its layers from the top (active) down to the bottom. */
export interface DiskChain {
  readonly diskId: number
  /** Position on the bus, from 0; stable over the server's life. The variables of UEFI have one as well. */
  readonly slot: number
  /** `nvram`: where UEFI keeps its variables. No disk to the guest, but cut, merged and restored as one. */
  readonly role: 'disk' | 'nvram'
  readonly layers: readonly Layer[]
}

export interface Machine {
  readonly serverId: number
  readonly uuid: string
  readonly vcpus: number
  readonly memoryMb: number
  /** Direct kernel boot; null: from the first disk. Host paths, or from where the driver keeps its files. */
  readonly kernel: { readonly kernel: string; readonly initrd: string; readonly append: string } | null
  /** `uefi` where one of the disks is an `nvram`. */
  readonly firmware: 'bios' | 'uefi'
  /** By slot. */
  readonly disks: readonly DiskChain[]
  /** A UUID that tells the guest when it is not what it was (restore, clone): Microsoft's VM generation id. */
  readonly generationId: string
  readonly network: Network
  readonly seed: Seed | null
}

/** A machine's one network card. */
export type Network =
  | { readonly type: 'none' }
  | {
      /** Behind the host, which forwards ports of its loopback into the guest. */
      readonly type: 'user'
      readonly mac: string
      readonly forwards: readonly { readonly hostPort: number; readonly guestPort: number }[]
      /** False: the cable is unplugged. */
      readonly isPlugged: boolean
    }
  | { readonly type: 'bridge'; readonly bridge: string; readonly mac: string; readonly isPlugged: boolean }

/** What a machine's read-only NoCloud disk tells cloud-init. Written anew at each start. */
export interface Seed {
  readonly instanceId: string
  readonly hostname: string
  readonly sshKeys: readonly string[]
  /** As given; null: nothing. */
  readonly userData: string | null
  /** It has the identity of another server in it: machine-id and the like are to be made anew. */
  readonly isClone: boolean
}

export interface GuestFacts {
  /** IPv4 first; loopback and link-local left out. */
  readonly ipAddresses: readonly string[]
  readonly osName: string | null
}

/** What a guest's agent is to run: a program with its arguments, without a shell. They may be secret: nothing keeps them. */
export interface GuestProgram {
  readonly path: string
  readonly arguments: readonly string[]
}

/** A program that was started in a guest, and in which run of its machine: another one has other programs. */
export interface GuestProcess {
  readonly pid: number
  readonly machine: string
}

/** One of the two is null. As the guest tells it: bounded, and otherwise not to be trusted. */
export interface ProgramEnd {
  readonly exitCode: number | null
  readonly signal: number | null
  readonly stdout: ProgramOutput
  readonly stderr: ProgramOutput
}

/** Its end, if `isCut`. */
export interface ProgramOutput {
  readonly text: string
  readonly isCut: boolean
}

/** An image as a file of the host, that somebody has brought and nobody has looked into. */
export interface ImageSource {
  readonly path: string
  readonly format: 'qcow2' | 'raw'
  /** It is to be used where it lies; default: to be copied in. */
  readonly inPlace?: boolean
}

export interface MachineState {
  readonly state: 'running' | 'paused' | 'absent'
  /** Why it is paused or absent, in words, where the driver knows. */
  readonly reason: string | null
  /** Disk → chain from top to bottom, as the running machine has it; empty when absent. */
  readonly chains: ReadonlyMap<number, readonly LayerId[]>
  readonly agentConnected: boolean
}

/** The active layer of one disk gives way to a new one. */
export interface CutDisk {
  readonly diskId: number
  readonly from: Layer
  readonly to: Layer
}

export interface CutReport {
  /** The instant of the cut, epoch ms. */
  readonly cutAt: number
  readonly achieved: Consistency
  /** Why less than `filesystem`; null when it is `filesystem`. */
  readonly reason: ConsistencyReason | null
  /** How long the file systems were frozen, ms; null when they were not. */
  readonly freezeMs: number | null
  /** How long the guest's disks stood still for the cut itself, ms; null for a stopped server. */
  readonly pauseMs: number | null
  readonly running: boolean
}

export interface MergeJob {
  /** The operation's id: names the job, so that it is found again. */
  readonly id: number
  readonly garbage: Layer
  readonly child: Layer
  readonly base: Layer | null
  /** From the child down to the bottom, garbage included: what has to be opened where no machine has it open. */
  readonly chain: readonly Layer[]
}

/** 0–1. */
export type Progress = (fraction: number) => void

export interface MachineEvent {
  readonly serverId: number
  /** It has appeared, ended, or its state has changed: ask `inspect`. */
  readonly kind: 'changed'
}

/** A merge gave way to something more important; try again later. */
export class MergeYielded extends Error {
  override readonly name = 'MergeYielded'
}

/** A layer cannot be merged now; `waitsFor` says in words for what. */
export class LayerBusy extends Error {
  override readonly name = 'LayerBusy'
  readonly waitsFor: string
  constructor(waitsFor: string) {
    super(`waits: ${waitsFor}`)
    this.waitsFor = waitsFor
  }
}

export interface Driver {
  readonly name: 'qemu' | 'memory'
  /** e.g. `QEMU 7.2.22`. */
  version(): Promise<string>

  // --- Machines -------------------------------------------------------------------------------------------------

  /**
   * Takes over what already runs at the service's start: settles finished jobs, thaws, watches. Absent ones are fine;
   * answers those of them that ran until the host was shut down or crashed.
   */
  adopt(serverIds: readonly number[]): Promise<{ readonly endedWithHost: readonly number[] }>
  inspect(serverId: number): Promise<MachineState>
  /** Resolves when the machine runs. One that runs already is left as it is. Merges on its layers give way. */
  start(machine: Machine): Promise<void>
  /** Asks the guest to power off, waits `graceMs`, then ends it. Resolves when it is gone. */
  stop(serverId: number, graceMs: number): Promise<void>
  /**
   * Ends the machine so that its disks hold what the guest had written: freeze if possible, pause, quit, and SIGKILL
   * only after a limit. Resolves when it is gone.
   */
  halt(serverId: number): Promise<void>
  /** Asks the guest to reboot, else resets it. The process stays. */
  reboot(serverId: number): Promise<void>
  /** Lets a paused machine run on. */
  resume(serverId: number): Promise<void>
  onEvent(listener: (event: MachineEvent) => void): () => void
  /** What the guest's agent tells of it; null where there is none or it does not answer within 2 s. */
  describe(serverId: number): Promise<GuestFacts | null>
  /**
   * The serial console of a machine: what its guest prints from now on comes out, what is written is typed. Null where
   * none runs. It closes with its machine. One at a time has it; who comes second waits until the first has closed it. A
   * guest waits for whoever has its console and does not read, so whoever opens it reads on.
   */
  openConsole(serverId: number): Promise<Duplex | null>
  /**
   * Has the guest's agent start a program. Throws `Failure('agent_unavailable')` or `Failure('exec_refused')` where it was
   * not started; after anything else nobody knows whether it was.
   */
  startProgram(serverId: number, program: GuestProgram): Promise<GuestProcess>
  /**
   * How it has ended, which is told once; null while it runs. Throws `Failure('outcome_unknown')` where nobody can say any
   * more; after anything else, ask again.
   */
  programEnd(serverId: number, process: GuestProcess): Promise<ProgramEnd | null>
  /** Ends it, though not what it has started itself. Best effort. */
  killProgram(serverId: number, process: GuestProcess): Promise<void>
  /** Plugs the network cable of a running machine in, or out. No-op when absent or without a network. */
  setPlugged(serverId: number, isPlugged: boolean): Promise<void>
  /** Removes what the driver keeps of a machine that is gone for good: logs, sockets, seed. Its layers are not its own. */
  forget(serverId: number): Promise<void>

  // --- What the host has to offer ---------------------------------------------------------------------------------

  /** Bytes of UEFI's variables; null: this host cannot boot by UEFI. */
  nvramBytes(): Promise<number | null>
  /** MiB of memory that the host has, and how much of it is free now. */
  memory(): Promise<{ readonly totalMb: number; readonly freeMb: number }>
  /** Throws `Failure('bridge_unavailable')` unless a machine could be put on it. */
  checkBridge(name: string): Promise<void>
  /** A free port of the host's loopback: this one, or any. Throws `Failure('port_taken')`. It may be taken before it is used. */
  findPort(wanted: number | null): Promise<number>

  // --- Layers ---------------------------------------------------------------------------------------------------

  /** An empty layer on top of `parent`; null: an empty disk. Durable; found again if it exists. */
  createLayer(layer: Layer, parent: Layer | null): Promise<void>
  /** A layer of `nvramBytes` with UEFI's variables as they are in a new machine. Durable; found again if it exists. */
  createNvram(layer: Layer): Promise<void>
  /**
   * A layer without a parent that reads as the chain does now, from its top down. The chain is sealed and leased for
   * use; merges into it give way, and wait until it is done. Durable; found again if it exists. When the signal aborts it
   * rejects with the signal's reason and leaves nothing behind. Throws `Failure('not_enough_space')`.
   */
  flattenLayer(layer: Layer, chain: readonly Layer[], onProgress: Progress, signal: AbortSignal): Promise<void>
  /**
   * Looks into a file before any tool opens it: what it is and how large a disk it holds. Throws
   * `Failure('image_rejected')` with the reason and what can be done: not there, no plain file, one of ours, not of this
   * format, a backing or data file, encrypted, damaged, features we do not know, too large; or, where it is to be used in
   * place, out of the machines' reach.
   */
  inspectImage(source: ImageSource): Promise<{ readonly sizeBytes: number; readonly allocatedBytes: number }>
  /**
   * Copies it in as the image layer's own file, by reflink where the file system can; what was copied is inspected
   * again and checked as a whole, and it alone counts. An image used in place (`layer.file`) is inspected and checked
   * where it lies. Durable; found again if it exists. Fails as `inspectImage` does, also when the source changes
   * meanwhile, and with `Failure('not_enough_space')`; when the signal aborts, with its reason. Then nothing is left
   * behind.
   */
  importImage(
    layer: Layer,
    source: ImageSource,
    onProgress: Progress,
    signal: AbortSignal,
  ): Promise<{ readonly sizeBytes: number }>
  /**
   * Makes the file go, through a trash; one that is used in place stays as it is. A merge into it gives way, and a machine
   * that still has it open (but not in a chain) lets go of it first.
   */
  discardLayer(layer: Layer): Promise<void>
  /** Bytes allocated by each layer's own file. Missing ones are left out. */
  measure(layers: readonly Layer[]): Promise<ReadonlyMap<LayerId, number>>
  /**
   * Ids from the first of these layers down to the bottom as the headers on disk say. The others only tell whose file an
   * image used in place is; who stands on what is read. Throws `Failure('chain_mismatch')` where a header names what is
   * no layer.
   */
  readChain(chain: readonly Layer[]): Promise<readonly LayerId[]>
  /** Host path for `admin` eyes. */
  pathOf(layer: Layer): string
  /** Bytes free where layers live. */
  freeBytes(): Promise<number>

  // --- Cut ------------------------------------------------------------------------------------------------------

  /** Opens the new, empty layers beside the running machine so that the cut itself is short. No-op when absent. */
  attach(serverId: number, disks: readonly CutDisk[]): Promise<void>
  /** The opposite, for a cut that does not happen. */
  detach(serverId: number, disks: readonly CutDisk[]): Promise<void>
  /**
   * Switches all disks at one instant. With `filesystem` asked for and out of reach before the cut, throws a
   * `Failure('consistency_unavailable')` and changes nothing. Looks first: disks that already stand on `to` are not
   * cut again, and the report then says what can still be proven.
   */
  cut(serverId: number, disks: readonly CutDisk[], request: ConsistencyRequest): Promise<CutReport>

  // --- Merge ----------------------------------------------------------------------------------------------------

  /** Copies the garbage layer's bytes into the child, throttled; resolves when only flush and pivot remain. */
  copyMerge(job: MergeJob, onProgress: Progress, signal: AbortSignal): Promise<void>
  /** Makes the copied bytes durable. The caller records it before it pivots. */
  flushMerge(job: MergeJob): Promise<void>
  /**
   * The child stands on the base from now on, durably. `flushed` must be the caller's recorded proof. Answers `false`
   * when the copy was lost in between (the machine ended): start again from the copy.
   */
  pivotMerge(job: MergeJob): Promise<boolean>
  /** Stops the job and forgets it; the chain stays as it was. Nothing to do where there is none (any more). */
  cancelMerge(job: Pick<MergeJob, 'id'> & { readonly child: Pick<Layer, 'id'> }): Promise<void>

  /** Closes connections and helper processes. Machines run on. */
  close(): Promise<void>
}
