/** What was measured when a snapshot was taken, in plain words. */

import type { Receipt } from '@restpoint/sdk/source'
import { isolated } from '../format/isolate.ts'
import { number } from '../format/numbers.ts'
import { language } from '../language/language.ts'
import { m } from '../paraglide/messages.js'

const reasons: Readonly<Record<string, () => string>> = {
  not_asked: m.reason_not_asked,
  not_running: m.reason_not_running,
  agent_absent: m.reason_agent_absent,
  agent_timeout: m.reason_agent_timeout,
  agent_error: m.reason_agent_error,
  freeze_timeout: m.reason_freeze_timeout,
  thawed_early: m.reason_thawed_early,
  keeper_died: m.reason_keeper_died,
  machine_died: m.reason_machine_died,
  service_restarted: m.reason_service_restarted,
}

/** What it is good for. */
export function consistencyInWords({ achieved, running }: Pick<Receipt, 'achieved' | 'running'>): string {
  if (achieved === 'filesystem') return m.is_filesystem()
  return running ? m.is_crash() : m.is_stopped()
}

/** Sentences, the most important first. */
export function receiptInWords(receipt: Receipt): string[] {
  const { reason, reason_text, freeze_ms, pause_ms, running } = receipt
  const why =
    reason === null || !running
      ? ''
      : ((Object.hasOwn(reasons, reason) ? reasons[reason] : undefined)?.() ?? reason_text ?? '')
  return [
    consistencyInWords(receipt),
    why,
    freeze_ms === null ? '' : m.receipt_frozen({ time: milliseconds(freeze_ms) }),
    pause_ms === null ? '' : m.receipt_paused({ time: milliseconds(pause_ms) }),
  ].filter(sentence => sentence !== '')
}

function milliseconds(value: number): string {
  return isolated(`${number(language(), value, value < 10 ? 1 : 0)}\u00a0ms`)
}
