/** From what the journal says to the guard's end: the same for one that lives and for one that is resumed. */
import { CliError, explain } from '../failure.ts'
import { type Hands, say } from './hands.ts'
import { type Outcome, outcomeOf, type Telling } from './outcome.ts'
import { ask, hasProbe, type Probing } from './probe.ts'
import { type PutBack, putBack } from './restore.ts'
import { deleteSnapshot, dropSnapshot, isNotFound } from './snapshot.ts'

/** @throws CliError where the journal has to stay: it could not be brought to its end, and `--resume` can. */
export async function finish(hands: Hands, told: Telling, probing?: Probing): Promise<Outcome> {
  switch (hands.file.journal.phase) {
    case 'snapshot':
    case 'dropped':
      return dropped(hands, told)
    case 'succeeded':
      return succeeded(hands, told)
    case 'command':
    case 'failed':
      return restored(hands, told, probing)
  }
}

async function dropped(hands: Hands, told: Telling): Promise<Outcome> {
  await orStay(hands, 'Its snapshot could not be deleted', () => dropSnapshot(hands))
  const outcome = outcomeOf(hands.file.journal, 'nothing_run', false, told)
  await hands.file.end()
  return outcome
}

async function succeeded(hands: Hands, told: Telling): Promise<Outcome> {
  const { on_success, snapshot } = hands.file.journal
  if (on_success === 'delete')
    await orStay(hands, 'All went well, but the snapshot could not be deleted', () =>
      deleteSnapshot(hands, snapshot.id as number),
    )
  const outcome = outcomeOf(hands.file.journal, 'succeeded', on_success === 'keep', told)
  await hands.file.end()
  return outcome
}

async function restored(hands: Hands, told: Telling, probing: Probing | undefined): Promise<Outcome> {
  const { file, interrupts } = hands
  let back: PutBack
  try {
    back = await unlessLeft(hands, signal => putBack(hands, signal))
  } catch (error) {
    if (error instanceof CliError) throw error
    const { what, remedy } = explain((error as Error).name === 'Unsettled' ? (error as Error).cause : error)
    say(`The server could not be put back: ${what}`, remedy)
    const outcome = outcomeOf(file.journal, 'not_restored', !isNotFound(error), told)
    // Without its snapshot or its server nothing could be done another time either.
    if (isNotFound(error)) await file.end()
    return outcome
  }
  if (back.missing !== null) say(`It was put back, but ${back.missing}.`)
  const asking = { guard: file.journal.guard, interrupts }
  const probe =
    probing && hasProbe(probing) && back.missing === null
      ? (await ask(probing, asking)) === undefined
        ? 'passed'
        : 'failed'
      : null
  const outcome = outcomeOf(file.journal, 'restored', true, { ...told, probe }, back)
  await file.end()
  return outcome
}

/** Whoever has enough of waiting may leave as soon as the service knows of the restore: it goes on without us. */
async function unlessLeft<T>({ file, interrupts }: Hands, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { server } = file.journal
  const leaving = new AbortController()
  let left: CliError | undefined
  return interrupts.during(
    name => {
      // Nobody is there to be told, nor to come back.
      if (name === 'SIGHUP') return
      const { operation_id: id } = file.journal.restore
      if (id === null) return say('The restore is being asked for. It goes on as soon as the service answers.')
      left = new CliError(
        'interrupted',
        `The restore goes on. To see it: restpoint operation watch ${id}`,
        `Then, to end the guard: restpoint guard --resume ${server.id}`,
      )
      leaving.abort()
    },
    () =>
      work(leaving.signal).catch(error => {
        throw left ?? error
      }),
  )
}

async function orStay({ file }: Hands, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const why = explain((error as Error).name === 'Unsettled' ? (error as Error).cause : error)
    throw new CliError(
      why.ending,
      `${what}: ${why.what}`,
      `To try again: restpoint guard --resume ${file.journal.server.id}`,
    )
  }
}
