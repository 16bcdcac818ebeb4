/**
 * What an account is told of what went wrong. The words may be those of a program that was given files of the host, and
 * where these lie is nobody's business but the host's. The log has all of it.
 */
export function withoutFolders(text: string): string {
  return text.replace(/(?<![\w/])\/(?:[^\s/'"]+\/)+/g, '')
}
