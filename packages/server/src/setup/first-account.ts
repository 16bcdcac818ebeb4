/** The first account and its admin token. */
import { chmod, open, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeAccount } from '../accounts/create.ts'
import { type Db, inTransaction, type Trx } from '../db/database.ts'
import { makeToken } from '../tokens/create.ts'

const administrator = {
  email: 'admin@localhost',
  firstName: 'Restpoint',
  lastName: 'Administrator',
  companyName: '',
}

/**
 * Makes them if there is no account; answers the secret, to be shown once. Its file is written before the transaction
 * commits: a crash in between leaves a file that opens nothing and is written anew at the next start.
 */
export function makeFirstAccount(db: Db, tokenFile: string, now: number): Promise<string | undefined> {
  return inTransaction(db, async trx => {
    if (await trx.selectFrom('accounts').select('id').executeTakeFirst()) return undefined
    const account = await makeAccount(trx, administrator, now)
    return renewAdminToken(trx, account.id, tokenFile, now)
  })
}

/** A token that may do everything; its secret. In its file it takes the place of an earlier one. */
export async function renewAdminToken(trx: Trx, accountId: number, tokenFile: string, now: number): Promise<string> {
  const token = { accountId, name: 'admin', permissions: ['admin'], expiresAt: null } as const
  const { secret } = await makeToken(trx, token, now)
  await writeFile(tokenFile, `${secret}\n`, { mode: 0o600, flush: true })
  await chmod(tokenFile, 0o600) // `mode` counts only for a file that was not there
  await syncFolder(dirname(tokenFile))
  return secret
}

/** A new file's name survives a power cut only with its folder; the secret is nowhere else. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
