#!/usr/bin/env node
// Brings everything up that a command needs, then becomes that command. Runs on Node 18 and newer, without any package.
import { commands, help } from './lib/commands.mjs'
import { buildConsole, consoleIsStale } from './lib/console.mjs'
import { installCommands, installPackages } from './lib/debian.mjs'
import { becomeCommand, findNode } from './lib/node.mjs'
import { installNpmPackages, npmCommand, npmPackagesAreStale } from './lib/npm.mjs'
import { Stop, say, setupMode } from './lib/setup.mjs'

async function main([name, ...rest]) {
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined
  if (!command) throw new Stop(help(), name === undefined || name === '--help' || name === 'help' ? 0 : 64)
  if (process.platform !== 'linux') {
    throw new Stop(
      `Restpoint runs on Linux, because its servers are QEMU guests of a Linux host; this is ${process.platform}.`,
    )
  }

  const mode = setupMode(process.env)
  const debian = command.debian.filter(({ isThere }) => !isThere())
  const npm = npmPackagesAreStale(command)
  if (debian.length > 0) {
    say(`"${name}" needs Debian packages that are not installed:`)
    for (const { name: packageName, why } of debian) say(`  ${packageName.padEnd(18)} ${why}`)
  }
  if (npm) say('The npm packages in node_modules are missing or older than package-lock.json.')
  if (mode === 'print' && (debian.length > 0 || npm)) {
    const lines = [...installCommands(debian), ...(npm ? [npmCommand] : [])]
    throw new Stop(`RESTPOINT_SETUP=print installs nothing. Run this, then try again:\n\n  ${lines.join(' && ')}\n`, 3)
  }
  if (debian.length > 0) await installPackages(debian)
  if (npm) await installNpmPackages(command)
  if (command.console && consoleIsStale()) await buildConsole()
  await becomeCommand(findNode(), command, rest)
}

main(process.argv.slice(2)).catch(error => {
  if (!(error instanceof Stop)) throw error
  ;(error.exitCode === 0 ? console.log : console.error)(error.message)
  process.exitCode = error.exitCode
})
