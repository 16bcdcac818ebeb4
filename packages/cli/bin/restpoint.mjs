#!/usr/bin/env node
// Starts the command line: at once where this Node can run it, else with the one among the npm packages.
import module from 'node:module'
import path from 'node:path'
import { becomeCommand, findNode } from '../../../scripts/lib/node.mjs'
import { projectFolder, Stop } from '../../../scripts/lib/setup.mjs'

const entry = 'packages/cli/src/main.ts'

try {
  const node = findNode()
  if (node === process.execPath) {
    // What Node makes of our TypeScript is kept: the next start takes half the time.
    module.enableCompileCache(
      process.env.NODE_COMPILE_CACHE ?? path.join(projectFolder, 'node_modules/.cache/compiled'),
    )
    await import(new URL('../src/main.ts', import.meta.url).href)
  } else {
    await becomeCommand(node, { entry }, process.argv.slice(2))
  }
} catch (error) {
  if (!(error instanceof Stop)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
