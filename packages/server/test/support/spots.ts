/** Where a step can be interfered with, and kinds of operations changed so that they are. */
import { sql } from 'kysely'
import type { Db } from '../../src/db/database.ts'
import type { AnyKind } from './engine.ts'

/** In a step's own order. `in the record`: in the transaction, which is then rolled back. */
export const runSpots = ['before the effect', 'after the effect', 'in the record'] as const
export const undoSpots = ['before the undo', 'after the undo'] as const
export type Spot = (typeof runSpots)[number] | (typeof undoSpots)[number]

type AnyStep = AnyKind['steps'][number]
type AnyContext = Parameters<NonNullable<AnyStep['run']>>[0]
type Interference = () => Promise<void>

/** The same kind, with something happening at one spot of one step, every time it comes by. */
export function atStep(name: string, spot: Spot, happens: Interference): (kind: AnyKind) => AnyKind {
  return kind => mapSteps(kind, step => (step.name === name ? interfered[spot](step, happens) : step))
}

type Interfere = (step: AnyStep, happens: Interference) => AnyStep

function before(what: 'run' | 'undo'): Interfere {
  return (step, happens) => ({
    ...step,
    [what]: async (context: AnyContext) => {
      await happens()
      return step[what]?.(context)
    },
  })
}

function after(what: 'run' | 'undo'): Interfere {
  return (step, happens) => ({
    ...step,
    [what]: async (context: AnyContext) => {
      const given = await step[what]?.(context)
      await happens()
      return given
    },
  })
}

const interfered: Readonly<Record<Spot, Interfere>> = {
  'before the effect': before('run'),
  'after the effect': after('run'),
  'in the record': (step, happens) => {
    let isRolledBack = false
    return {
      ...step,
      // A transaction cannot be left hanging where others need the database: it breaks, and nothing follows.
      run: async context => {
        if (isRolledBack) await happens()
        return step.run?.(context)
      },
      record: async (trx, context) => {
        await step.record?.(trx, context)
        isRolledBack = true
        throw new Error('the power went')
      },
    }
  },
  'before the undo': before('undo'),
  'after the undo': after('undo'),
}

export const everyStep = {
  runsTwice: (kind: AnyKind): AnyKind =>
    mapSteps(kind, step => ({
      ...step,
      run: async context => ({ ...(await step.run?.(context)), ...(await step.run?.(context)) }),
    })),

  undoneTwice: (kind: AnyKind): AnyKind =>
    mapSteps(kind, step => ({
      ...step,
      undo: async context => ({ ...(await step.undo?.(context)), ...(await step.undo?.(context)) }),
    })),

  losesItsReplyOnce: () => {
    const lost = new Set<string>()
    return (kind: AnyKind): AnyKind =>
      mapSteps(kind, step => interfered['after the effect'](step, () => once(lost, step.name)))
  },

  /** Every connection to it ends, once a step; it can be reached again at once. */
  losesTheDatabase: (spot: Spot, db: Db) => {
    const lost = new Set<string>()
    return (kind: AnyKind): AnyKind =>
      mapSteps(kind, step => {
        const lose = async () => {
          if (lost.has(step.name)) return
          lost.add(step.name)
          await endConnections(db)
        }
        if (spot !== 'in the record') return interfered[spot](step, lose)
        const record: AnyStep['record'] = async (trx, context) => {
          await step.record?.(trx, context)
          await lose()
        }
        return { ...step, record }
      })
  },

  undoFailsOnce: () => {
    const failed = new Set<string>()
    return (kind: AnyKind): AnyKind =>
      mapSteps(kind, step => interfered['after the undo'](step, () => once(failed, step.name)))
  },
}

/** All but the one that says so. */
async function endConnections(db: Db): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()`.execute(db)
}

async function once(seen: Set<string>, name: string): Promise<void> {
  if (seen.has(name)) return
  seen.add(name)
  throw new Error('the reply was lost')
}

function mapSteps(kind: AnyKind, change: (step: AnyStep) => AnyStep): AnyKind {
  return { ...kind, steps: kind.steps.map(change) }
}
