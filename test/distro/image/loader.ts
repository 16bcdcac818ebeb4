import { type FileHandle, open, readFile } from 'node:fs/promises'
import { partitions, sectorBytes } from './recipe.ts'

/** In the first sector: code up to here, then the partition table's. */
const bootCodeBytes = 440
/** Where boot.img keeps the sector of the second stage, and the second stage that of its own rest: 64 bits each. */
const secondStageAt = 0x5c
const restAt = sectorBytes - 12

/**
 * Writes GRUB for a BIOS into a disk image, as grub-bios-setup does on a real disk: the first stage into the first
 * sector, the second into its own partition, each told where the next lies.
 */
export async function installBiosLoader(disk: string, firstStage: string, secondStage: string): Promise<void> {
  const { start, size } = partitions.bios
  const boot = await readFile(firstStage)
  const core = await readFile(secondStage)
  if (core.length > size * sectorBytes) throw new Error(`GRUB's second stage has ${core.length} bytes: too many`)
  boot.writeBigUInt64LE(BigInt(start), secondStageAt)
  core.writeBigUInt64LE(BigInt(start + 1), restAt)
  const file: FileHandle = await open(disk, 'r+')
  try {
    await file.write(boot, 0, bootCodeBytes, 0)
    await file.write(core, 0, core.length, start * sectorBytes)
  } finally {
    await file.close()
  }
}
