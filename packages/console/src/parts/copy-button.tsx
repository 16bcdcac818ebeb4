/** Copies a text, and says so. Where a browser does not allow that, the text is selected instead. */
import { Button } from '@mantine/core'
import { useState } from 'react'
import { m } from '../paraglide/messages.js'
import { Icon } from './icon.tsx'

interface CopyButtonProps {
  readonly text: string
  /** Id of the element that shows it. */
  readonly shownIn: string
  /** Of its dialog: it has the focus when that opens. */
  readonly isFirst?: boolean
}

export function CopyButton({ text, shownIn, isFirst }: CopyButtonProps) {
  const [isCopied, setIsCopied] = useState(false)
  return (
    <Button
      size="compact-sm"
      variant="default"
      data-autofocus={isFirst}
      leftSection={<Icon name={isCopied ? 'check' : 'copy'} />}
      onClick={async () => setIsCopied(await copy(text, shownIn))}
    >
      <span aria-live="polite">{isCopied ? m.code_copied() : m.code_copy()}</span>
    </Button>
  )
}

/** Whether it was. */
async function copy(text: string, shownIn: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const element = document.getElementById(shownIn)
    if (element) getSelection()?.selectAllChildren(element)
    return false
  }
}
