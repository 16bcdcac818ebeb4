/** Beside each file that gets smaller by it: the same with gzip and with Brotli, once and thoroughly. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const worthIt = /\.(js|css|svg)$/

export function compress(folder: string): void {
  for (const name of readdirSync(folder).filter(name => worthIt.test(name))) {
    const file = path.join(folder, name)
    const body = readFileSync(file)
    writeFileSync(`${file}.gz`, gzipSync(body, { level: constants.Z_BEST_COMPRESSION }))
    writeFileSync(
      `${file}.br`,
      brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
    )
  }
}
