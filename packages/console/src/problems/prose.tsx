/** Sentences of the documentation, with `code` in them; of their links the text alone. */
export function Prose({ text }: { readonly text: string }) {
  const parts = text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').split('`')
  return parts.map((part, index) =>
    // oxlint-disable-next-line react/no-array-index-key -- they never change places
    index % 2 === 1 ? <code key={index}>{part}</code> : part,
  )
}
