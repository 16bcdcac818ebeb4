/** Brings guards to their end whose processes are gone. */
import { hostname } from 'node:os'
import type { Connected } from '../context.ts'
import { CliError } from '../failure.ts'
import { finish } from './finish.ts'
import { say } from './hands.ts'
import { Interrupts } from './interrupts.ts'
import { type Found, type Journal, JournalFile } from './journal.ts'
import type { Outcome } from './outcome.ts'
import { endWhatWasLeftBy } from './process.ts'

export async function resume(found: Found, connected: Connected): Promise<Outcome> {
  const { journal } = found
  const { server, host } = journal
  if (found.isAlive)
    throw new CliError('blocked', `${server.name} is being guarded.`, 'Wait for the end of that guard.')
  // A home folder that several computers share: its process may live there.
  if (host !== hostname())
    throw new CliError(
      'blocked',
      `The guard of ${server.name} was begun on ${host}.`,
      `Resume it there; if that computer is gone, write the name of this one into ${found.file}.`,
    )
  await requireSameAccount(connected, journal)
  const file = await JournalFile.takeOver(found)
  const interrupts = new Interrupts()
  try {
    const left = await endWhatWasLeftBy(journal.guard)
    if (left > 0) say(`The command was still running (processes: ${left}) and was ended.`)
    if (journal.phase === 'command')
      await file.update({ phase: 'failed', reason: 'The guard was killed before it knew how the command ended' })
    return await finish({ connected, file, interrupts }, { failed: null, ended: null })
  } finally {
    interrupts.release()
  }
}

/** To another account's token the server is not there, which must not be taken for a server that is gone. */
async function requireSameAccount({ restpoint, scope }: Connected, { email, server }: Journal): Promise<void> {
  const { account } = await restpoint.account.me(scope)
  if (account.email !== email)
    throw new CliError(
      'notPermitted',
      `The guard of ${server.name} was begun by ${email}; this token is ${account.email}'s.`,
      'Use a token of that account.',
    )
}
