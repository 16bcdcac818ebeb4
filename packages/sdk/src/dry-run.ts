/** What a call would do and what stands in its way, asked of the same functions with the same arguments. */
import { calls, type DryRun } from './api.ts'
import { UnexpectedReplyError } from './errors.ts'
import type { CallName, Deleted } from './options.ts'
import { readReply } from './reply.ts'
import type { AnyGiven, Request } from './request.ts'
import type { Send } from './send.ts'

/** Those of a noun's functions that change something: they answer with what would be. */
export type DryRuns<Noun> = {
  readonly [Name in keyof Noun as ChangesSomething<Noun[Name]> extends true ? Name : never]: Noun[Name] extends (
    ...args: infer Args
  ) => unknown
    ? (...args: Args) => Promise<DryRun>
    : never
}

/** A DELETE answers nothing, or with the operation behind it; a POST takes an Idempotency-Key. */
type ChangesSomething<Call> = Call extends (...args: never[]) => Promise<undefined | Deleted>
  ? true
  : Call extends (...args: infer Args) => unknown
    ? Required<Args> extends readonly [...unknown[], infer Options]
      ? 'idempotencyKey' extends keyof Options
        ? true
        : false
      : false
    : false

/** In the place of `sender`: as nothing is done, everything may be repeated, and there is nothing to wait for. */
export function rehearser(request: Request): Send {
  const rehearse = async (name: CallName, given: AnyGiven): Promise<DryRun | undefined> => {
    if (!calls[name].hasDryRun) throw new TypeError(`${name} has no dry run`)
    return request(name, given, {
      query: { dry_run: true },
      headers: {},
      waitMs: 0,
      hasOneEffect: true,
      isDoneWhenNotFound: false,
      read: (incoming, what) => {
        const told = readReply(incoming, [200], what) as DryRun
        if (told.dry_run !== true)
          throw new UnexpectedReplyError(`${what} was not answered as a dry run`, incoming.status)
        return told
      },
    })
  }
  return rehearse as unknown as Send
}
