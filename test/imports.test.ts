/** The rule of who may import whom (.oxlintrc.json), tried on files that keep to it and files that break it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

const projectFolder = path.resolve(import.meta.dirname, '..')
const oxlint = path.join(projectFolder, 'node_modules/oxlint/bin/oxlint')
const source = 'packages/server/src'

const nouns = ['accounts', 'events', 'images', 'layers', 'records', 'servers', 'snapshots', 'terminals', 'tokens']
/** One wires the parts, one looks at all of them; nothing imports either. */
const free = ['doctor', 'setup']
const unshared = nouns.filter(noun => noun !== 'layers')

/** Folder of the importing file, or the one file → what it may not, and what it may, import. */
const cases: Record<string, { refused: string[]; allowed: string[] }> = {
  'packages/qmp/src': {
    refused: ['@restpoint/server', '../../server/src/errors.ts'],
    allowed: ['./monitor.ts', 'node:net'],
  },
  'packages/docs/src': {
    refused: ['@restpoint/server', '../../server/src/errors.ts', '../../sdk/src/client.ts'],
    allowed: ['./html.ts', 'marked', 'node:fs'],
  },
  'packages/docs/src/samples.ts': {
    refused: ['./html.ts', './documents.ts', './code/document.ts', 'marked', 'node:fs', '@restpoint/sdk/source'],
    allowed: ['./document.ts'],
  },
  'packages/sdk/src': {
    refused: ['@restpoint/qmp/monitor', '../../server/src/errors.ts', '../generate/types.ts', 'node:fs', 'undici'],
    allowed: ['./errors.ts', './nouns/servers.ts'],
  },
  'packages/sdk/src/nouns': {
    refused: ['@restpoint/server', '../../../server/src/errors.ts', '../../generate/types.ts'],
    allowed: ['../send.ts'],
  },
  'packages/cli/src': {
    refused: ['@restpoint/server', '@restpoint/qmp/monitor', '../../server/src/errors.ts', '../../sdk/src/find.ts'],
    allowed: ['@restpoint/sdk/source', './find.ts', 'commander', 'node:fs'],
  },
  'packages/cli/src/commands/server': {
    refused: ['../../../../server/src/doctor.ts'],
    allowed: ['../../find.ts', '../../views/server.ts'],
  },
  'packages/console/src': {
    refused: [
      '@restpoint/sdk',
      '@restpoint/docs/site',
      '@restpoint/server',
      '@restpoint/qmp/monitor',
      '../serve/site.ts',
      '../../sdk/src/client.ts',
      'node:fs',
    ],
    allowed: ['@restpoint/sdk/source', '@restpoint/docs/samples', '@restpoint/docs/errors/en', './paths.ts', 'react'],
  },
  'packages/console/src/views/servers': {
    refused: ['../../../../server/src/errors.ts', '../../../serve/site.ts'],
    allowed: ['../../data/servers.ts', '../../../messages/en/frame.json', '../server/page.tsx'],
  },
  'packages/console/serve': {
    refused: ['@restpoint/server', '../src/paths.ts', '../../server/src/errors.ts'],
    allowed: ['node:fs', './assets.ts'],
  },
  [`${source}/domain`]: {
    refused: ['../errors.ts', '../db/schema.ts', '@restpoint/qmp/monitor'],
    allowed: ['./layers.ts'],
  },
  [`${source}/db`]: {
    refused: ['../operations/engine.ts', '../snapshots/create.ts', '../drivers/driver.ts', '../doctor/examine.ts'],
    allowed: ['../domain/layers.ts', '../errors.ts'],
  },
  [`${source}/drivers`]: {
    refused: [
      '../db/schema.ts',
      '../operations/engine.ts',
      '../snapshots/create.ts',
      '../layers/store.ts',
      '../config.ts',
    ],
    allowed: ['../domain/layers.ts', '../errors.ts', '@restpoint/qmp/monitor'],
  },
  [`${source}/drivers/qemu/keeper`]: {
    refused: ['../../../db/schema.ts', '../../memory/driver.ts', '../../../http/ids.ts'],
    allowed: ['../paths.ts', '../../driver.ts', '../../../errors.ts', '../../../domain/layers.ts'],
  },
  [`${source}/operations`]: {
    refused: [
      '../domain/layers.ts',
      '../drivers/driver.ts',
      '../http/ids.ts',
      '../setup/demo.ts',
      '@restpoint/qmp/monitor',
      ...nouns.map(noun => `../${noun}/store.ts`),
    ],
    allowed: ['../db/schema.ts', '../errors.ts', './journal.ts'],
  },
  [`${source}/http`]: {
    refused: [
      '../drivers/qemu/host.ts',
      '../drivers/memory/world.ts',
      '../setup/demo.ts',
      '../doctor/examine.ts',
      '../main.ts',
    ],
    allowed: ['../tokens/store.ts', '../drivers/driver.ts', './ids.ts'],
  },
}
for (const noun of nouns) {
  cases[`${source}/${noun}`] = {
    refused: [
      ...unshared.filter(other => other !== noun).map(other => `../${other}/store.ts`),
      '../drivers/qemu/host.ts',
      '../drivers/memory/world.ts',
      '../setup/demo.ts',
      '../doctor/examine.ts',
      '../config.ts',
      '@restpoint/qmp/monitor',
    ],
    allowed: [
      '../drivers/driver.ts',
      '../domain/layers.ts',
      '../operations/engine.ts',
      '../db/schema.ts',
      '../http/ids.ts',
      '../errors.ts',
      './store.ts',
    ],
  }
}
cases[`${source}/snapshots`]?.allowed.push('../layers/store.ts')
cases['test/conformance'] = {
  refused: ['../../packages/server/src/errors.ts', '@restpoint/server'],
  allowed: ['./wrongs/list.ts'],
}

test('imports that break the rule are caught, imports that keep it are not', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-imports-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await copyFile(path.join(projectFolder, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'))
  const expected: string[] = []
  for (const [importer, { refused, allowed }] of Object.entries(cases)) {
    const isFile = importer.endsWith('.ts')
    await mkdir(path.join(folder, isFile ? path.dirname(importer) : importer), { recursive: true })
    for (const [index, specifier] of [...refused, ...allowed].entries()) {
      const file = isFile ? importer : `${importer}/case-${index}.ts`
      const code = `import { thing as thing${index} } from '${specifier}'\nthing${index}()\n`
      await writeFile(path.join(folder, file), code, { flag: 'a' })
      if (index < refused.length) expected.push(`${file}: ${specifier}`)
    }
  }
  assert.deepEqual((await refusedImports(folder)).sort(), expected.sort())
})

test('every folder of the server is under the rule, except those that may import anything', async () => {
  const rules = await readFile(path.join(projectFolder, '.oxlintrc.json'), 'utf8')
  const entries = await readdir(path.join(projectFolder, source), { withFileTypes: true })
  const folders = entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
  const known = new Set([...Object.keys(cases).map(importer => path.basename(importer)), ...free])
  assert.deepEqual(
    folders.filter(folder => !known.has(folder) || (!free.includes(folder) && !rules.includes(folder))),
    [],
  )
})

/** `file: specifier` of each restricted import below `folder`. */
function refusedImports(folder: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [oxlint, '-f', 'json'], { cwd: folder, maxBuffer: 16 << 20 }, (_, stdout, stderr) => {
      if (!stdout.startsWith('{')) return reject(new Error(stdout + stderr))
      const { diagnostics } = JSON.parse(stdout) as {
        diagnostics: { code: string; filename: string; message: string }[]
      }
      const caught = diagnostics.filter(({ code }) => code === 'eslint(no-restricted-imports)')
      resolve(caught.map(({ filename, message }) => `${filename}: ${/^'([^']+)'/.exec(message)?.[1]}`))
    })
  })
}
