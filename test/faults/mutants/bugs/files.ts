import type { Bug } from '../bug.ts'

/** Files of ours and images of others. */
export const fileBugs: readonly Bug[] = [
  {
    name: 'the format of what lies below is probed',
    file: 'drivers/qemu/layer-files.ts',
    replace: "['-u', '-b', backingName(parent), '-F', parent.format]",
    with: `[
          '-u',
          ...['-b', backingName(parent)],
          ...['-F', (await this.#readStart(parent)).toString('latin1', 0, 3) === 'QFI' ? 'qcow2' : 'raw'],
        ]`,
    caughtBy: [{ file: 'packages/server/test/drivers/qemu/images/sound.test.ts', name: 'raw it stays' }],
  },
  {
    name: 'a path from a name',
    file: 'records/recorder.ts',
    replace: '`servers/${server.id}.json`',
    with: '`servers/${server.name}.json`',
    caughtBy: [
      {
        file: 'packages/server/test/records/recorder.test.ts',
        name: 'after an operation its snapshot is recorded, and every record is as the schema says [sqlite]',
      },
    ],
  },
  {
    name: 'a new layer gets its name before it is durable',
    file: 'drivers/qemu/layer-files.ts',
    replace: '        await this.#host.sync(draft)\n',
    with: '',
    caughtBy: [{ file: 'packages/server/test/drivers/qemu/layer-files.test.ts' }],
  },
]
