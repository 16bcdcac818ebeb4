/** What may not be there (any more) when it is looked at. */
import { lstatSync, readdirSync, type Stats } from 'node:fs'

/** The names in a folder, sorted; none where there is no folder to be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** Of a link itself, not of what it leads to; undefined when it is not there. */
export function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}
