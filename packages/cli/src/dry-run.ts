/** What would be, in words. */
import type { DryRun } from '@restpoint/sdk/source'
import type { Context } from './context.ts'
import { type Ending, endingOf, exitCodes } from './exit-codes.ts'
import { duration, size } from './terminal/units.ts'

/** @returns the exit code: what a refusal for the same reason ends with. */
export function tellDryRun(context: Context, dryRun: DryRun): number | undefined {
  context.tell(dryRun, dryRunLines)
  if (dryRun.possible) return undefined
  const code = dryRun.blockers[0]?.code as keyof typeof endingOf
  const ending: Ending = endingOf[code] ?? 'blocked'
  return exitCodes[ending].code
}

export function dryRunLines({ possible, blockers, estimate, frees }: DryRun): string[] {
  return [
    possible ? 'Nothing was done. It would be accepted.' : 'Nothing was done. It would be refused:',
    ...blockers.flatMap(({ detail, remedy }) => [`  - ${detail}`, `    ${remedy}`]),
    ...(possible ? estimateLines(estimate) : []),
    ...(frees ? freesLines(frees) : []),
  ]
}

function estimateLines({ seconds, based_on, bytes }: DryRun['estimate']): string[] {
  const time =
    seconds === null
      ? 'How long it takes nobody knows: nothing like it was done on this host yet.'
      : seconds === 0
        ? 'It is done when it is answered.'
        : `It takes about ${duration(seconds)} (the median of ${based_on} on this host).`
  return bytes ? [time, `It takes up ${size(bytes)}.`] : [time]
}

function freesLines({ bytes, merge_bytes, more }: NonNullable<DryRun['frees']>): string[] {
  const merged = merge_bytes > 0 ? `, and at most ${size(merge_bytes)} more once its layers are merged` : ''
  return [
    `It frees ${size(bytes)}${merged}.`,
    ...more
      .filter(({ bytes }) => bytes > 0)
      .map(({ bytes, servers, snapshots }) => {
        const names = [
          ...servers.map(({ id, name }) => `server ${name} (${id})`),
          ...snapshots.map(({ id, name }) => `snapshot ${name} (${id})`),
        ]
        return `With ${names.join(', ')} deleted as well: ${size(bytes)} more.`
      }),
  ]
}
