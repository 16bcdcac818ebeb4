/** For a name inside a sentence that is plain text: whichever way its letters run, the sentence around it stays as it is. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`
}
