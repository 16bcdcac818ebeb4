/** Which accelerator a host can really use. */
import { accessSync, constants, readFileSync } from 'node:fs'

export type Accelerator = 'kvm' | 'tcg'

/**
 * `auto` takes KVM only where the processor's flags show vmx or svm: /dev/kvm may exist on a host that cannot nest,
 * and every stock guest then hangs without a word.
 */
export function chooseAccelerator(setting: 'auto' | Accelerator, facts = readFacts()): Accelerator {
  if (setting !== 'auto') return setting
  return facts.deviceUsable && /\b(vmx|svm)\b/.test(facts.cpuFlags) ? 'kvm' : 'tcg'
}

export interface AccelFacts {
  readonly deviceUsable: boolean
  /** The `flags` line of /proc/cpuinfo. */
  readonly cpuFlags: string
}

function readFacts(): AccelFacts {
  let deviceUsable = true
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK)
  } catch {
    deviceUsable = false
  }
  const cpuFlags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? ''
  return { deviceUsable, cpuFlags }
}
