import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { tinyGuest } from '../../../../../../test/support/guest.ts'
import { guestKernelArguments } from '../../../../src/setup/guest/build.ts'

/** A booted tiny guest with an agent, seen through its serial console, and so also while its disk stands still. */
export interface TestMachine {
  readonly agentSocket: string
  /** Runs a command in the guest's shell and answers with what it printed. Not after a reboot. */
  shell(command: string): Promise<string>
  /** Starts a write in the guest that ends only when its disk takes it; `done` asks whether it has. */
  write(): Promise<{ stuck(): Promise<boolean>; done(): Promise<boolean> }>
  /** What the console has shown so far, commands and their output included. */
  shown(): string
  end(): Promise<void>
}

/** Asks until the answer is yes; gives up after 30 s. */
export async function until(ask: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + 30_000
  while (!(await ask())) {
    if (performance.now() > end) throw new Error(`in vain: ${ask}`)
    await sleep(50)
  }
}

export async function bootMachine(): Promise<TestMachine> {
  const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-keeper-'))
  const agentSocket = path.join(folder, 'agent')
  const guest = await tinyGuest()
  const qemu = spawn(
    'qemu-system-x86_64',
    [
      ...['-machine', 'q35', '-accel', 'tcg', '-m', '256', '-nodefaults', '-display', 'none'],
      ...['-kernel', guest.kernel, '-initrd', guest.initrd, '-append', guestKernelArguments],
      ...['-drive', `file=${guest.disk},format=qcow2,if=virtio,snapshot=on`],
      ...['-serial', `unix:${folder}/console,server=on,wait=off`, '-device', 'virtio-serial'],
      ...['-chardev', `socket,path=${agentSocket},server=on,wait=off,id=agent`],
      ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const ended = once(qemu, 'exit')
  process.once('exit', () => qemu.kill('SIGKILL'))
  const terminal = (await connected(path.join(folder, 'console'))).unref()
  let shown = ''
  terminal.setEncoding('latin1').on('data', text => {
    shown += text
  })
  terminal.on('error', () => {})
  // Out of the interactive shell: its changes between line and raw mode lose a character now and then. What the
  // terminal is set to does not last: init sets it anew whenever it starts the agent again.
  await until(() => /root@.*# /.test(shown))
  terminal.write(`exec sh -c 'stty -echo; while read -r line; do eval "$line"; done'\n`)
  let last = 0

  async function shell(command: string): Promise<string> {
    const mark = `${++last}`
    // The quotes keep the echo of the command from being taken for its output.
    terminal.write(`echo "beg""in-${mark}"; ${command}; echo "fin""ish-${mark}"\n`)
    const output = new RegExp(`begin-${mark}\\r?\\n([^]*?)finish-${mark}\\r?\\n`)
    await until(() => output.test(shown))
    return (output.exec(shown)?.[1] ?? '').replaceAll('\r', '')
  }
  await until(async () => (await shell('pidof qemu-ga')) !== '')

  return {
    agentSocket,
    shell,
    async write() {
      const name = `write-${++last}`
      const pid = (await shell(`(echo x >/data/${name}; sync; : >/tmp/${name}) & echo $!`)).trim().split('\n').at(-1)
      return {
        // D: waits in the kernel, for the disk.
        stuck: async () => (await shell(`cat /proc/${pid}/stat 2>/dev/null`)).split(' ')[2] === 'D',
        done: async () => (await shell(`[ -e /tmp/${name} ] && echo yes`)) === 'yes\n',
      }
    },
    shown: () => shown,
    async end() {
      terminal.destroy()
      qemu.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function connected(file: string): Promise<Socket> {
  for (;;) {
    const socket = connect(file)
    const outcome = await new Promise(resolve => socket.once('connect', () => resolve('up')).once('error', resolve))
    if (outcome === 'up') return socket
    await sleep(20)
  }
}
