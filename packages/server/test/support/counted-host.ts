/**
 * The host under a QEMU driver with every effect on it counted, in the hands of a process that may be killed at any of
 * them. What it has open then is closed, as the kernel does it: monitors, files, the keeper's pipe. Machines run on.
 *
 * A question that is asked again before anything has changed counts once: how often a driver looks whether a process is
 * gone depends on how busy the host is, and the second look is like the first.
 */
import { basename, dirname } from 'node:path'
import type { Monitor } from '@restpoint/qmp/monitor'
import type { Host } from '../../src/drivers/qemu/host.ts'
import type { SourceFile } from '../../src/drivers/qemu/images/source-file.ts'
import type { Keeper } from '../../src/drivers/qemu/keeper/client.ts'
import type { Effects } from './effects.ts'

export interface CountedHost {
  readonly host: Host
  /** Resolves when nothing of it is under way any more. */
  settled(): Promise<void>
}

type Work = (...args: never[]) => Promise<unknown>

/** They ask, and change nothing. */
const questions: ReadonlySet<string> = new Set<keyof Host | keyof SourceFile | keyof Keeper>([
  ...(['connect', 'canListen', 'listFolder', 'readText', 'fileSize', 'readStart', 'openSource'] as const),
  ...(['realPath', 'freeBytes', 'facts', 'read', 'describe'] as const),
])
/** Of programs, by their first argument; and of a monitor. */
const asksOnly = /^(info|map|check|--version|(x-debug-)?query-.*)$/

/** `stateDir`: what lies in it is named from there. */
export function countedHost(base: Host, stateDir: string, effects: Effects): CountedHost {
  const underWay = new Set<Promise<unknown>>()
  const open = new Set<{ close(): unknown }>()
  const asked = new Set<string>()
  const killed = new AbortController()
  effects.onDeath(() => {
    killed.abort()
    for (const one of open) one.close()
    const closed = base.keeper.close().finally(() => underWay.delete(closed))
    underWay.add(closed)
  })

  async function around<Value>(name: string, isQuestion: boolean, work: () => Promise<Value>): Promise<Value> {
    if (effects.isDead) return forever()
    const isOneMore = !(isQuestion && asked.has(name))
    if (isQuestion) asked.add(name)
    else asked.clear()
    const done = effects.around({ port: 'host', name, lasts: !isQuestion }, work, { isOneMore })
    const settled = done.catch(() => {}).finally(() => underWay.delete(settled))
    underWay.add(settled)
    try {
      return await done
    } finally {
      // Who is no more hears of nothing.
      if (effects.isDead) await forever()
    }
  }

  /** Each of these methods of it is an effect. */
  function counted<Part extends object>(part: Part, methods: readonly (keyof Part & string)[], of?: string): Part {
    const isCounted: ReadonlySet<PropertyKey> = new Set(methods)
    return new Proxy(part, {
      get(target, key) {
        const value = Reflect.get(target, key)
        if (typeof value !== 'function') return value
        const call: Work = value.bind(target)
        if (!isCounted.has(key)) return call
        const method = String(key)
        return (...args: never[]) => {
          const about =
            of ??
            args
              .filter(arg => typeof arg === 'string')
              .map(shortOf)
              .join(' ')
          return around(`${method} ${about}`, questions.has(method), () => call(...args))
        }
      },
    })
  }

  /** From the state folder, ids left out: `guests/layers/N.qcow2.new`. */
  function shortOf(text: string): string {
    if (text.startsWith('/sys/')) return dirname(text)
    const isOurs = text.startsWith(stateDir)
    const name = isOurs ? text.slice(stateDir.length + 1) : text.startsWith('/proc/') ? text : basename(text)
    return name.replaceAll(/\b\d+\b/g, 'N')
  }

  async function opened<One extends { close(): unknown }>(one: Promise<One>): Promise<One> {
    const file = await one
    open.add(file)
    if (effects.isDead) file.close()
    return file
  }

  const programs = (method: 'run' | 'follow' | 'administer') => (program: string, args: readonly string[]) =>
    [`${method} ${program} ${args[0]}`, asksOnly.test(args[0] ?? '')] as const
  const [ran, followed, administered] = [programs('run'), programs('follow'), programs('administer')]

  const host: Host = {
    ...counted(base, [
      ...(['canListen', 'makeFolder', 'listFolder', 'removeFolder', 'readText', 'fileSize'] as const),
      ...(['readStart', 'realPath', 'rename', 'unlink', 'sync', 'freeBytes'] as const),
    ]),
    keeper: counted(base.keeper, ['freeze', 'thaw', 'rescue', 'describe', 'shutdown', 'start', 'ask', 'kill'], 'guest'),
    run: (program, args, cwd) => around(...ran(program, args), () => base.run(program, args, cwd)),
    administer: (program, args) => around(...administered(program, args), () => base.administer(program, args)),
    follow: (program, args, options) => {
      const signal = AbortSignal.any([killed.signal, ...(options.signal ? [options.signal] : [])])
      return around(...followed(program, args), () => base.follow(program, args, { ...options, signal }))
    },
    launch: (program, args, log) => around(`launch ${program}`, false, () => base.launch(program, args, log)),
    // The text is no part of its name.
    writeText: (path, text) => around(`writeText ${shortOf(path)}`, false, () => base.writeText(path, text)),
    kill(pid, signal) {
      if (effects.isDead) return
      asked.clear()
      const begun = effects.begin({ port: 'host', name: `kill ${signal}`, lasts: true })
      base.kill(pid, signal)
      effects.over(begun)
    },
    async connect(socket, timeoutMs) {
      const monitor = await around(`connect ${shortOf(socket)}`, true, () => opened(base.connect(socket, timeoutMs)))
      monitor.onClose(() => open.delete(monitor))
      const execute = monitor.execute.bind(monitor)
      monitor.execute = ((...call: Parameters<Monitor['execute']>) =>
        around(commandOf(call[0], call[1]), asksOnly.test(call[0]), () => execute(...call))) as Monitor['execute']
      return monitor
    },
    async openSource(path) {
      const file = await around(`openSource ${shortOf(path)}`, true, () => opened(base.openSource(path)))
      return counted(file, ['facts', 'read', 'reflink'], 'of the source')
    },
    async openNew(path, options) {
      const name = shortOf(path)
      const file = await around(`openNew ${name}`, false, () => opened(base.openNew(path, options)))
      return counted(file, ['write', 'setSize', 'sync'], name)
    },
  }
  return {
    host,
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay)
      // Whoever opened it never heard of it.
      for (const one of open) one.close()
    },
  }
}

const forever = () => new Promise<never>(() => {})

function commandOf(command: string, args?: Record<string, unknown>): string {
  const line = args?.['command-line']
  return `qmp ${command}${typeof line === 'string' ? ` ${line.replaceAll(/\b\d+\b/g, 'N')}` : ''}`
}
