/** What is wrong with a name, in words. */

import { LONGEST_NAME, type NameFault } from '../actions/names.ts'
import { number } from '../format/numbers.ts'
import { language } from '../language/language.ts'
import { m } from '../paraglide/messages.js'

export function nameInWords(noun: 'snapshot' | 'server', fault: NameFault): string {
  switch (fault) {
    case 'empty':
      return m.name_empty()
    case 'long':
      return m.name_long({ n: number(language(), LONGEST_NAME) })
    case 'start':
      return m.name_start()
    case 'strange':
      return noun === 'snapshot' ? m.name_strange_snapshot() : m.name_strange_server()
  }
}
