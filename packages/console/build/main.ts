/**
 * Builds the console into dist/: what scripts/boot.mjs runs where that folder is missing or older than its sources. It is
 * made beside the old one and put in its place when it is whole, because a service may be about to read that.
 */
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { build } from 'vite'
import { consoleDigest, consoleFolder } from '../../../scripts/lib/console.mjs'
import { compress } from './compress.ts'
import { compileMessages } from './messages.ts'

const digest = consoleDigest()
await compileMessages()
const made = mkdtempSync(path.join(consoleFolder, 'dist-'))
try {
  await build({
    configFile: path.join(consoleFolder, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: made, emptyOutDir: true },
  })
  compress(path.join(made, 'assets'))
  writeFileSync(path.join(made, 'digest'), digest)
  // Whoever the service runs as may read it.
  chmodSync(made, 0o755)
  const there = path.join(consoleFolder, 'dist')
  rmSync(there, { recursive: true, force: true })
  renameSync(made, there)
} finally {
  rmSync(made, { recursive: true, force: true })
}
