/** Words of a command line as a shell takes them: as they are where they are plain, else in quotes that nothing gets out of. */
export function command(...words: readonly (string | number)[]): string {
  return words.map(word => (typeof word === 'number' ? String(word) : quoted(word))).join(' ')
}

function quoted(text: string): string {
  return /^[\w./:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
