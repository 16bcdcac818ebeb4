/** Colours on a terminal that has them, unless NO_COLOR is set: Node decides. */
import { styleText } from 'node:util'

const styles = {
  active: 'green',
  available: 'green',
  completed: 'green',
  creating: 'yellow',
  importing: 'yellow',
  in_progress: 'yellow',
  queued: 'yellow',
  restoring: 'yellow',
  running: 'yellow',
  suspended: 'yellow',
  waiting: 'yellow',
  cancelled: 'dim',
  stopped: 'dim',
  failed: 'red',
} as const

/** A status in its colour. */
export function status(text: string): string {
  const style = styles[text as keyof typeof styles]
  return style ? styleText(style, text) : text
}

export function heading(text: string): string {
  return styleText('bold', text)
}
