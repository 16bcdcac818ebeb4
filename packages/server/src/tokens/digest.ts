import { hash } from 'node:crypto'

/**
 * What is kept of a token's secret: SHA-256, hex. A plain hash is enough because the secret is 256 random bits, not a
 * password that could be guessed.
 */
export function digestOf(secret: string): string {
  return hash('sha256', secret, 'hex')
}
