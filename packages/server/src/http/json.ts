/**
 * JSON as strict as RFC 8259 lets one be: UTF-8 only, no name twice in one object (parsers disagree on which counts),
 * no `__proto__`, nesting up to a limit, and strings that every database can keep.
 */
export const MAX_DEPTH = 64

/** The text says what is wrong and is safe to show. */
export class BadJson extends Error {
  override readonly name = 'BadJson'
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @throws BadJson */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new BadJson('The body is not valid UTF-8.')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new BadJson('The body is not valid JSON.')
  }
  check(text)
  return value
}

/** Walks over text that `JSON.parse` has accepted, so only strings and brackets need telling apart. */
function check(text: string): void {
  /** The names of each open object; null for an open array. */
  const open: (Set<string> | null)[] = []
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '{' || char === '[') {
      if (open.push(char === '{' ? new Set() : null) > MAX_DEPTH) {
        throw new BadJson(`The body is nested more than ${MAX_DEPTH} levels deep.`)
      }
    } else if (char === '}' || char === ']') open.pop()
    else if (char === '"') {
      const end = endOfString(text, at)
      const string = JSON.parse(text.slice(at, end)) as string
      if (!string.isWellFormed() || string.includes('\0')) {
        throw new BadJson('The body has a string with a NUL or half a surrogate pair in it.')
      }
      at = end - 1
      if (isName(text, end)) checkName(open.at(-1), string)
    }
  }
}

function checkName(names: Set<string> | null | undefined, name: string): void {
  if (name === '__proto__') throw new BadJson('The body has a forbidden name: "__proto__".')
  if (names?.has(name)) throw new BadJson(`The body has the name ${JSON.stringify(name.slice(0, 100))} twice.`)
  names?.add(name)
}

/** Behind the closing quote. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
}

function isName(text: string, end: number): boolean {
  let at = end
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  return text[at] === ':'
}
