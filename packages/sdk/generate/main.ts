/** Writes src/api.ts from docs/openapi.json: `npm run sdk`. A test compares the committed copy with what comes out here. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { apiText, type OpenApi } from './document.ts'

const projectFolder = path.resolve(import.meta.dirname, '../../..')
const biome = path.join(projectFolder, 'node_modules/@biomejs/biome/bin/biome')

export const openApiFile = path.join(projectFolder, 'docs/openapi.json')
export const apiFile = path.join(projectFolder, 'packages/sdk/src/api.ts')

export function readOpenApi(): OpenApi {
  return JSON.parse(readFileSync(openApiFile, 'utf8'))
}

/** The file as it is committed, formatted like every other. */
export function formattedApi(): string {
  const options = { cwd: projectFolder, input: apiText(readOpenApi()), encoding: 'utf8', maxBuffer: 16 << 20 } as const
  return execFileSync(process.execPath, [biome, 'format', `--stdin-file-path=${apiFile}`], options)
}

if (import.meta.main) writeFileSync(apiFile, formattedApi())
