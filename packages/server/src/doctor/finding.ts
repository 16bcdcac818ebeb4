/** What an examination says is wrong. */

/**
 * `damage`: data is lost, wrong or within others' reach, or will be. `fault`: something does not work, or is left over.
 * `unknown`: it could not be looked at, or nobody can say whose it is.
 */
export type Level = 'damage' | 'fault' | 'unknown'

export interface Finding {
  /** Of the reliability page: `I3`. */
  readonly invariant: string
  readonly level: Level
  /** What it is about, for instance `layer 12`: the same trouble bears the same at every look. */
  readonly subject: string
  /** What is wrong, in whole sentences. */
  readonly text: string
  /** What the operator can do, or what `--repair` would. */
  readonly remedy: string
  /** Only what is safe. */
  readonly repair?: Repair
}

export type Repair =
  /** A guest that nobody is about to thaw. */
  | { readonly kind: 'thaw'; readonly serverId: number }
  /** An operation in the hands of nobody: the next start of the service takes it up, or takes it back. */
  | { readonly kind: 'release'; readonly operationId: number }
  /** A file that nobody refers to; its name in `guests/layers`. */
  | { readonly kind: 'trash'; readonly file: string }
  /** One that has been in the trash for long enough; its name in `guests/trash`. */
  | { readonly kind: 'empty'; readonly file: string }

export interface Invariant<World> {
  readonly id: string
  readonly title: string
  check(world: World): Promise<Omit<Finding, 'invariant'>[]>
}

/** There is no telling whether all is well; the message says what has to be done first. */
export class CannotLook extends Error {
  override readonly name = 'CannotLook'
}

/** Two findings of two looks about one trouble have the same. */
export function keyOf({ invariant, subject }: Finding): string {
  return `${invariant} ${subject}`
}
