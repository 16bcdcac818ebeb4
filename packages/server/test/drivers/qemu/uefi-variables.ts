/** UEFI's variables as they lie in flash memory (EDK II, VariableFormat.h: authenticated variables). */
const START = 0x55aa
const HEADER_BYTES = 60
/** All bits of a state are 1 in erased flash and only ever go to 0. */
const ADDED = 0x3f
const ADDED_AND_BEING_REPLACED = 0x3e

/** Its bytes; undefined when there is none of that name. */
export function variableIn(flash: Buffer, name: string): Buffer | undefined {
  const wanted = Buffer.from(`${name}\0`, 'utf16le')
  let replaced: Buffer | undefined
  for (let at = 0; at + HEADER_BYTES < flash.length; at += 4) {
    if (flash.readUInt16LE(at) !== START) continue
    const state = flash[at + 2]
    const nameBytes = flash.readUInt32LE(at + 36)
    const nameAt = at + HEADER_BYTES
    if (nameBytes !== wanted.length || !flash.subarray(nameAt, nameAt + nameBytes).equals(wanted)) continue
    const data = flash.subarray(nameAt + nameBytes, nameAt + nameBytes + flash.readUInt32LE(at + 40))
    if (state === ADDED) return data
    if (state === ADDED_AND_BEING_REPLACED) replaced = data
  }
  return replaced
}
