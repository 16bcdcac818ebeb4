/** Records that lie nowhere, for tests of what is written and when. */
import type { RecordFiles } from '../../src/records/files.ts'

export interface MemoryRecords {
  readonly files: RecordFiles
  readonly texts: Map<string, string>
  /** Names as they were written or removed (`-` before). */
  readonly changes: string[]
  /** Set: nothing can be written, for this reason. */
  failure: Error | null
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  json(name: string): any
}

export function recordsInMemory(): MemoryRecords {
  const texts = new Map<string, string>()
  const changes: string[] = []
  const orFail = () => {
    if (memory.failure) throw memory.failure
  }
  const memory: MemoryRecords = {
    texts,
    changes,
    failure: null,
    json: name => JSON.parse(texts.get(name) ?? 'null'),
    files: {
      read: async () => new Map(texts),
      write: async (name, text) => {
        orFail()
        texts.set(name, text)
        changes.push(name)
      },
      remove: async name => {
        orFail()
        texts.delete(name)
        changes.push(`-${name}`)
      },
    },
  }
  return memory
}
