/** What went wrong, whatever it was: what to show of it. Words in the reader's language are put in by whoever shows it. */
import { NetworkError, OperationFailedError, RestpointError, TimeoutError } from '@restpoint/sdk/source'

export interface Explained {
  /** Of the catalogue: its title and remedy are known in every language. */
  readonly code: string | undefined
  readonly kind: 'refused' | 'failed' | 'unreachable' | 'unexpected'
  /** In the service's own words, which are English. */
  readonly title: string
  readonly detail: string | undefined
  readonly remedy: string | undefined
  /** Field → what is wrong with it. */
  readonly fields: Readonly<Record<string, readonly string[]>>
  /** The operation in the way. */
  readonly operationId: number | undefined
}

const nothing = { code: undefined, detail: undefined, remedy: undefined, fields: {}, operationId: undefined }

export function explain(error: unknown): Explained {
  if (error instanceof RestpointError) {
    const { code, title, detail, errors: fields, operationId } = error
    return { kind: 'refused', code, title, detail, remedy: undefined, fields, operationId }
  }
  if (error instanceof OperationFailedError) {
    const { code, title, detail, remedy, operation } = error
    return { kind: 'failed', code, title, detail, remedy, fields: {}, operationId: operation.id }
  }
  const message = error instanceof Error ? error.message : String(error)
  const kind = error instanceof NetworkError || error instanceof TimeoutError ? 'unreachable' : 'unexpected'
  return { ...nothing, kind, title: message, detail: kind === 'unexpected' ? message : undefined }
}
