import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** Of files and of all that is in folders, by name and content; `skipped` names folders that are left out. */
export function digestOf(base, names, skipped = []) {
  const hash = createHash('sha256')
  for (const file of names.flatMap(name => filesOf(path.join(base, name), skipped))) {
    hash
      .update(`${path.relative(base, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  }
  return hash.digest('hex')
}

function filesOf(file, skipped) {
  if (!existsSync(file) || skipped.includes(path.basename(file))) return []
  if (!statSync(file).isDirectory()) return [file]
  return readdirSync(file)
    .sort()
    .flatMap(name => filesOf(path.join(file, name), skipped))
}
