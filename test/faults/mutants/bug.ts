/** A bug of the kind that loses data or lets somebody in, as a patch of one source file. */
export interface Bug extends Edit {
  readonly name: string
  /** From packages/server/src. */
  readonly file: string
  /** Where one place is not enough. */
  readonly and?: readonly Edit[]
  /** One of them is enough. */
  readonly caughtBy: readonly Catcher[]
}

interface Edit {
  /** Occurs in the file exactly once. */
  readonly replace: string
  readonly with: string
}

export interface Catcher {
  /** From the project's folder. */
  readonly file: string
  /** Only the tests whose names contain this; without it all of the file's. */
  readonly name?: string
}

/** The file with the bug. @throws when a place is not there exactly once: the guard is another one now, and so must be the bug. */
export function plant(bug: Bug, source: string): string {
  return [bug, ...(bug.and ?? [])].reduce((text, edit) => {
    const pieces = text.split(edit.replace)
    if (pieces.length === 2) return pieces.join(edit.with)
    throw new Error(`"${bug.name}" applies ${pieces.length - 1} times to ${bug.file}, not once: ${edit.replace}`)
  }, source)
}
