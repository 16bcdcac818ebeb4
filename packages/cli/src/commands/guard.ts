import { InvalidArgumentError } from 'commander'
import type { CommandSpec } from '../command.ts'
import { connect } from '../connect.ts'
import type { Connected, Context } from '../context.ts'
import { tellDryRun } from '../dry-run.ts'
import { exitCodes } from '../exit-codes.ts'
import { CliError } from '../failure.ts'
import { serverId } from '../find.ts'
import { guard } from '../guard/guard.ts'
import { say } from '../guard/hands.ts'
import { programOf } from '../guard/in-guest.ts'
import { findGuards } from '../guard/journal.ts'
import { exitCodeOf, type Outcome, outcomeLines } from '../guard/outcome.ts'
import { resume } from '../guard/resume.ts'
import { dryRunOption, type Rehearsing, seconds, wholeNumber } from '../options.ts'
import { findSettings } from '../settings.ts'

interface Given extends Rehearsing {
  readonly server?: string
  readonly command: readonly string[]
  readonly name?: string
  readonly onSuccess?: 'keep' | 'delete'
  readonly inGuest?: boolean
  readonly timeout?: number
  readonly probe?: string
  readonly probeUrl?: string
  readonly probeRetries?: number
  readonly probeInterval?: number
  readonly probeTimeout?: number
  readonly resume?: boolean
}

const PROBE_RETRIES = 5
const PROBE_INTERVAL = 2
const PROBE_TIMEOUT = 30

export const command: CommandSpec<Given> = {
  summary: 'run a command with a snapshot taken before, and put the server back if it fails',
  more:
    'It fails if it ends with another exit code than 0, if the probe fails, if you press Ctrl-C, or if the terminal is lost. ' +
    'What was there before the server was put back can be had back: "restpoint snapshot undo". A guard that was itself ' +
    'killed is brought to its end with --resume.',
  arguments: {
    '[server]': 'name or id',
    '[command...]': 'after --: what to run, as it is and without a shell',
  },
  options: {
    '--in-guest': 'run it in the server, through its guest agent; needs the permission servers:exec',
    '--timeout <seconds>': { what: 'end the command after so long, which is a failure', parse: seconds },
    '--probe <command>': 'then run this by "sh -c"; it must end with 0',
    '--probe-url <url>': { what: 'then ask this URL; it must answer with 2xx', parse: webAddress },
    '--probe-retries <number>': {
      what: `ask a probe that fails so often again (${PROBE_RETRIES} unless you say otherwise)`,
      parse: wholeNumber,
    },
    '--probe-interval <seconds>': { what: `after so long (${PROBE_INTERVAL})`, parse: wholeNumber },
    '--probe-timeout <seconds>': { what: `and wait so long for one (${PROBE_TIMEOUT})`, parse: seconds },
    '--on-success <action>': {
      what: 'what becomes of the snapshot then; keep is the default',
      choices: ['keep', 'delete'],
    },
    '--name <name>': 'of the snapshot',
    '--resume': 'bring guards that were killed to their end: all, or that of the server',
    ...dryRunOption,
  },
  example: 'restpoint guard web-server-01 --probe-url http://192.0.2.10/ -- ssh root@192.0.2.10 apt-get upgrade --yes',
  run: (context, given) => (given.resume ? resumeAll(context, given) : guardOne(context, given)),
}

async function guardOne(context: Context, given: Given): Promise<number | undefined> {
  const { server, command: words, name, onSuccess = 'keep', inGuest = false, timeout, dryRun } = given
  const { probe, probeUrl, probeRetries = PROBE_RETRIES, probeInterval = PROBE_INTERVAL } = given
  if (server === undefined) throw misuse('Which server?')
  if (words.length === 0) throw misuse('Which command? It comes after --.')
  const { url } = await findSettings(context.common)
  const connected = await context.connect()
  const id = await serverId(connected, server)
  const blockers = inGuest ? await rehearseInGuest(connected, id, words, timeout) : undefined
  if (dryRun) return rehearse(context, connected, id, name, blockers)
  if (blockers && blockers.length > 0) {
    const { detail, remedy } = blockers[0] as Blocker
    throw new CliError('blocked', `It cannot be run in the server: ${detail}`, remedy)
  }
  const outcome = await guard(connected, words, {
    url,
    serverId: id,
    name,
    onSuccess,
    inGuest,
    timeout,
    json: context.common.json === true,
    ...(probe === undefined ? {} : { probe }),
    ...(probeUrl === undefined ? {} : { probeUrl }),
    probeRetries,
    probeInterval,
    probeTimeout: given.probeTimeout ?? PROBE_TIMEOUT,
  })
  context.tell(outcome, outcomeLines)
  return exitCodeOf(outcome)
}

type Blocker = { readonly code: string; readonly title: string; readonly detail: string; readonly remedy: string }

/** Before a snapshot is taken for nothing. */
async function rehearseInGuest(
  { restpoint, scope }: Connected,
  id: number,
  words: readonly string[],
  timeout: number | undefined,
): Promise<readonly Blocker[]> {
  return (await restpoint.dryRun.servers.exec(id, programOf(words, timeout), scope)).blockers
}

async function rehearse(
  context: Context,
  { restpoint, scope }: Connected,
  server_id: number,
  name = 'guard',
  blockers: readonly Blocker[] = [],
): Promise<number | undefined> {
  const told = await restpoint.dryRun.snapshots.create({ server_id, name }, scope)
  return tellDryRun(context, {
    ...told,
    possible: told.possible && blockers.length === 0,
    blockers: [...told.blockers, ...blockers],
  })
}

async function resumeAll(context: Context, { server, command: words }: Given): Promise<number | undefined> {
  if (words.length > 0) throw misuse('--resume runs no command.')
  const { url, token } = await findSettings(context.common)
  const [own, others] = partition(await findGuards(), ({ journal }) => journal.url === url)
  const wanted = own.filter(
    ({ journal }) => server === undefined || journal.server.name === server || String(journal.server.id) === server,
  )
  // The token is for this service, and no other gets to see it.
  for (const elsewhere of new Set(others.map(({ journal }) => journal.url)))
    say(`There are guards of ${elsewhere}, too. For these: restpoint guard --resume --url ${elsewhere}`)
  if (server !== undefined && wanted.length === 0)
    throw new CliError(
      'notFound',
      `There is no guard of ${server} to be resumed.`,
      'They are found on the computer, and for the user, that began them.',
    )
  const results: Outcome[] = []
  let failure: unknown
  for (const found of wanted) {
    // Living ones come to their end by themselves, unless somebody asks for this very one.
    if (found.isAlive && server === undefined) continue
    try {
      const { account_id } = found.journal
      const scope = account_id === null ? {} : { account_id }
      results.push(await resume(found, { restpoint: await connect({ url, token }), scope }))
    } catch (error) {
      failure ??= error
    }
  }
  context.tell({ count: results.length, results }, ({ results }) =>
    results.length > 0 ? results.flatMap(outcomeLines) : ['There is no guard to be resumed.'],
  )
  if (failure) throw failure
  return results.some(({ outcome }) => outcome === 'not_restored') ? exitCodes.notRestored.code : undefined
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter(one => !isFirst(one))]
}

function misuse(what: string): CliError {
  return new CliError('usage', what, 'See: restpoint guard --help')
}

function webAddress(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new InvalidArgumentError('It must look like http://192.0.2.10/.')
}
