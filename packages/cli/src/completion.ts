/** What can come next after what was typed, and scripts of three shells that know it. */
import type { Command } from 'commander'

export interface Next {
  /** The words before; options may follow them. */
  readonly after: string
  readonly words: readonly string[]
}

/** Longest first, so that a shell may take the first that fits. */
export function wordsOf(program: Command): Next[] {
  const common = flagsOf(program).filter(flag => flag !== '--version')
  const of = (command: Command, after: string): Next[] => [
    ...command.commands.flatMap(child => of(child, `${after} ${child.name()}`.trim())),
    {
      after,
      words:
        command.commands.length > 0
          ? command.commands.map(child => child.name())
          : [...(command.registeredArguments[0]?.argChoices ?? []), ...flagsOf(command), ...common, '--help'],
    },
  ]
  return of(program, '')
}

function flagsOf(command: Command): string[] {
  return command.options.flatMap(({ long }) => long ?? [])
}

export type Shell = keyof typeof scripts

export const scripts = {
  bash: (next: readonly Next[]) => `# restpoint: completion for bash
_restpoint() {
  local before="\${COMP_WORDS[*]:1:COMP_CWORD-1}" words=
  case "$before " in
${cases(next, '    ', (words, before) => `${globOf(before)}) words='${words}' ;;`)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _restpoint restpoint
`,
  zsh: (next: readonly Next[]) => `#compdef restpoint
# restpoint: completion for zsh
_restpoint() {
  local before="\${words[2,CURRENT-1]}"
  case "$before " in
${cases(next, '    ', (words, before) => `${globOf(before)}) compadd -- ${words} ;;`)}
  esac
}
compdef _restpoint restpoint
`,
  fish: (next: readonly Next[]) => `# restpoint: completion for fish
function __restpoint_words
  set -l before (commandline -opc)
  set -e before[1]
  switch "$before "
${cases(next, '    ', (words, { after, isCommand }) => `case '${after}${isCommand ? '*' : ''}'\n      string split ' ' -- '${words}'`)}
  end
end
complete -c restpoint -f -a '(__restpoint_words)'
`,
}

interface Before {
  readonly after: string
  readonly isCommand: boolean
}

function globOf({ after, isCommand }: Before): string {
  return `'${after}'${isCommand ? '*' : ''}`
}

/** A command takes options and arguments to its end; a list of commands is over with the next word. */
function cases(next: readonly Next[], indent: string, line: (words: string, before: Before) => string): string {
  return next
    .map(({ after, words }) => {
      const isCommand = words.includes('--help')
      return indent + line(words.join(' '), { after: `${after} `, isCommand })
    })
    .join('\n')
}
