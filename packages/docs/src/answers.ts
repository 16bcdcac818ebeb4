/** What the samples are answered: recorded, and held against a running service by a test. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Json } from './samples.ts'

/** Operation → the body of its answer. */
export function readAnswers(): Readonly<Record<string, Json>> {
  return JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../answers.json'), 'utf8'))
}
