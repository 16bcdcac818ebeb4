/**
 * The suite that every driver passes: each sentence of `driver.ts`, as something that can fail. A new driver's main
 * test is a harness and one call:
 *
 *     driverContract('memory', makeMemoryHarness)
 */
import { describe, test } from 'node:test'
import { consoleCases } from './contract/consoles.ts'
import { cutCases } from './contract/cuts.ts'
import { flattenCases } from './contract/flatten.ts'
import type { ContractHarness } from './contract/harness.ts'
import { imageCases } from './contract/images.ts'
import { layerCases } from './contract/layers.ts'
import { machineCases } from './contract/machines.ts'
import { mergeCases } from './contract/merges.ts'
import { mergeDeathCases } from './contract/merges-and-deaths.ts'
import { mergeYieldCases } from './contract/merges-give-way.ts'
import { sharedMergeCases } from './contract/merges-shared.ts'
import { programCases } from './contract/programs.ts'
import { surroundingsCases } from './contract/surroundings.ts'

export type { ContractHarness } from './contract/harness.ts'

/** What must hold → its proof on a fresh harness. */
export const contractCases: Readonly<Record<string, (harness: ContractHarness) => Promise<void>>> = {
  ...machineCases,
  ...consoleCases,
  ...surroundingsCases,
  ...programCases,
  ...layerCases,
  ...imageCases,
  ...flattenCases,
  ...cutCases,
  ...mergeCases,
  ...mergeYieldCases,
  ...sharedMergeCases,
  ...mergeDeathCases,
}

/** Registers the whole suite with node:test. Every case gets a harness of its own. */
export function driverContract(name: string, makeHarness: () => Promise<ContractHarness>): void {
  describe(`driver contract: ${name}`, () => {
    for (const [what, prove] of Object.entries(contractCases)) {
      test(what, { timeout: 120_000 }, async () => {
        const harness = await makeHarness()
        try {
          await prove(harness)
        } finally {
          await harness.close()
        }
      })
    }
  })
}
