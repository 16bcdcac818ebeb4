/** Until when a restore can be undone. */
import { exact, relative } from '../../../format/times.ts'
import { language } from '../../../language/language.ts'
import { m } from '../../../paraglide/messages.js'
import { useNow } from '../../../parts/time.tsx'

export function UndoEnds({ until }: { readonly until: string }) {
  const when = relative(language(), until, useNow())
  return (
    <time dateTime={until} title={exact(language(), until)}>
      {m.undo_ends({ when })}
    </time>
  )
}
