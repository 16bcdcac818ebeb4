/** Just enough of Markdown to hold the pages against the code. */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const projectFolder = path.resolve(import.meta.dirname, '../..')

/** Every page for people, relative to the project. */
export const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: projectFolder }).sort()

export function readPage(page: string): string {
  return readFileSync(path.join(projectFolder, page), 'utf8')
}

export interface Block {
  readonly language: string
  readonly text: string
}

const fence = /^```(\w*)\n([^]*?)^```$/gm

/** The fenced blocks, in order. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(fence)].map(([, language = '', content = '']) => ({ language, text: content }))
}

export interface Heading {
  readonly level: number
  /** As it is written, backticks included. */
  readonly title: string
}

export function headingsOf(text: string): Heading[] {
  return [...text.replace(fence, '').matchAll(/^(#+) (.+)$/gm)].map(([, marks = '', title = '']) => ({
    level: marks.length,
    title,
  }))
}

/** What follows a heading, up to the next of the same or a higher level. Throws where there is no such heading. */
export function sectionOf(text: string, title: string): string {
  const heading = headingsOf(text).find(one => one.title === title)
  const line = heading && `\n${'#'.repeat(heading.level)} ${title}\n`
  const from = line ? `\n${text}`.indexOf(line) : -1
  if (!heading || !line || from < 0) throw new Error(`there is no heading "${title}"`)
  const rest = `\n${text}`.slice(from + line.length)
  const end = new RegExp(`^#{1,${heading.level}} `, 'm').exec(rest.replace(fence, block => ' '.repeat(block.length)))
  return end ? rest.slice(0, end.index) : rest
}

export interface Table {
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export function tablesOf(text: string): Table[] {
  return [...text.replace(fence, '').matchAll(/(?:^\|.*\|$\n?)+/gm)].map(([table]) => {
    const [header = [], , ...rows] = table.trim().split('\n').map(cellsOf)
    return { header, rows }
  })
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map(cell => cell.trim().replaceAll(/\\([<>|])/g, '$1'))
}

/** `x` → x. Throws for a cell that is no code. */
export function codeOf(cell = ''): string {
  const code = /^`([^`]+)`$/.exec(cell)?.[1]
  if (code === undefined) throw new Error(`"${cell}" is not written as code`)
  return code
}
