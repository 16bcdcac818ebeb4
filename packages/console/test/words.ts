/** The console's texts, for tests that find things by what they say. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

type Message = string | readonly [{ readonly match: Readonly<Record<string, string>> }]

export interface Words {
  /** Key → what says this and nothing else, with anything in the place of what is put in. */
  readonly whole: (key: string) => RegExp
  /** Key → what says this among other things. */
  readonly within: (key: string) => RegExp
}

export function wordsIn(language: string): Words {
  const folder = path.resolve(import.meta.dirname, '../messages', language)
  const messages: Record<string, Message> = {}
  for (const file of readdirSync(folder))
    Object.assign(messages, JSON.parse(readFileSync(path.join(folder, file), 'utf8')))
  const sourceOf = (key: string) => {
    const message = messages[key]
    if (message === undefined) throw new Error(`There is no text ${key}`)
    const texts = typeof message === 'string' ? [message] : Object.values(message[0].match)
    return `(?:${texts.map(pattern).join('|')})`
  }
  return {
    whole: key => new RegExp(`^${sourceOf(key)}$`, 'u'),
    within: key => new RegExp(sourceOf(key), 'u'),
  }
}

function pattern(text: string): string {
  return text
    .split(/\{\w+\}/)
    .map(part => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    .join('.*')
}
