/** Starting, stopping and rebooting a server: what is possible in which state, and what is said of it. */
import type { Restpoint, Server } from '@restpoint/sdk/source'
import { useAction } from '../../data/action.ts'
import { useReasonAgainst } from '../../data/allowed.ts'
import { keys } from '../../data/keys.ts'
import { isolated } from '../../format/isolate.ts'
import type { Notice } from '../../notices/notices.ts'
import { m } from '../../paraglide/messages.js'
import { stateInWords } from '../../parts/state-dot.tsx'
import { useRestpoint } from '../../session/client.tsx'

export const powers = ['start', 'stop', 'reboot'] as const
export type Power = (typeof powers)[number]

interface PowerSpec {
  readonly label: () => string
  /** Those of the service: what is refused there is not offered here. */
  readonly from: readonly Server['status'][]
  readonly run: (restpoint: Restpoint, id: number) => Promise<unknown>
  readonly done: (name: string) => Notice
}

export const powerSpecs: Readonly<Record<Power, PowerSpec>> = {
  start: {
    label: m.server_start,
    from: ['stopped', 'suspended'],
    run: (restpoint, id) => restpoint.servers.start(id),
    done: name => ({ title: m.server_starting({ name }), text: m.server_starting_next() }),
  },
  stop: {
    label: m.server_stop,
    from: ['active', 'suspended'],
    run: (restpoint, id) => restpoint.servers.stop(id),
    done: name => ({ title: m.server_stopping({ name }), text: m.server_stopping_next() }),
  },
  reboot: {
    label: m.server_reboot,
    from: ['active'],
    run: (restpoint, id) => restpoint.servers.reboot(id),
    done: name => ({ title: m.server_rebooting({ name }), text: m.server_rebooting_next() }),
  },
}

export interface PowerAction {
  readonly power: Power
  readonly label: string
  /** Why it cannot be done now. */
  readonly reason: string | undefined
  readonly isRunning: boolean
  readonly run: () => void
}

export function usePowers({ id, name, status }: Pick<Server, 'id' | 'name' | 'status'>): readonly PowerAction[] {
  const restpoint = useRestpoint()
  const against = useReasonAgainst()('servers:write')
  const action = useAction({
    run: (power: Power) => powerSpecs[power].run(restpoint, id),
    done: (_, power) => powerSpecs[power].done(isolated(name)),
    changes: [keys.servers, keys.operations],
  })
  return powers.map(power => {
    const { label, from } = powerSpecs[power]
    const wrongState = from.includes(status) ? undefined : m.server_wrong_state({ state: stateInWords(status) })
    return {
      power,
      label: label(),
      reason: against ?? wrongState,
      isRunning: action.isPending && action.variables === power,
      run: () => action.mutate(power),
    }
  })
}
