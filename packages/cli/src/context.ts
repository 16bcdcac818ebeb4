/** What every command gets: the way to the service, and how to answer. */
import type { Restpoint } from '@restpoint/sdk/source'
import { connect } from './connect.ts'
import { accountId } from './find.ts'
import { type Common, findSettings } from './settings.ts'
import { cleaned } from './terminal/clean.ts'

/** For the options of a call: whose things are meant. */
export interface Scope {
  readonly account_id?: number
}

export interface Connected {
  readonly restpoint: Restpoint
  readonly scope: Scope
}

export interface Context {
  readonly common: Common
  connect(): Promise<Connected>
  /** Answers: the body as it came with --json, else lines for people made of it. */
  tell<Body>(body: Body, lines: (body: Body) => readonly string[]): void
}

export function openContext(common: Common): Context {
  return {
    common,
    connect: async () => {
      const restpoint = await connect(await findSettings(common))
      const { account } = common
      return { restpoint, scope: account === undefined ? {} : { account_id: await accountId(restpoint, account) } }
    },
    tell: (body, lines) => {
      if (!common.json)
        process.stdout.write(
          lines(cleaned(body))
            .map(line => `${line}\n`)
            .join(''),
        )
      // A deletion has no body.
      else if (body !== undefined) process.stdout.write(`${JSON.stringify(body, null, 2)}\n`)
    },
  }
}
