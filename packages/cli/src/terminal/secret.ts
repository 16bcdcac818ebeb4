/** A secret from whoever sits at the terminal, who does not see it, or from a pipe. Never an argument: others see those. */
import { CliError } from '../failure.ts'

export async function readSecret(prompt: string): Promise<string> {
  return (process.stdin.isTTY ? await typed(prompt) : await piped()).trim()
}

async function piped(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk
  return text
}

const CTRL_C = '\x03'
const ends = new Set(['\r', '\n', '\x04'])
const erases = new Set(['\x7f', '\b'])

function typed(prompt: string): Promise<string> {
  const { stdin, stderr } = process
  // Before the prompt: whoever answers at once is not echoed either.
  stdin.setRawMode(true).setEncoding('utf8').resume()
  stderr.write(prompt)
  return new Promise<string>((resolve, reject) => {
    let text = ''
    const end = (settle: () => void) => {
      stdin.off('data', onData).setRawMode(false).pause()
      stderr.write('\n')
      settle()
    }
    const onData = (chunk: string) => {
      for (const character of chunk) {
        if (character === CTRL_C)
          return end(() => reject(new CliError('interrupted', 'Interrupted.', 'Nothing was saved.')))
        if (ends.has(character)) return end(() => resolve(text))
        text = erases.has(character) ? text.slice(0, -1) : text + character
      }
    }
    stdin.on('data', onData)
  })
}
