import type { Bug } from '../bug.ts'

/** What a request may, how often, and for whom. */
export const requestBugs: readonly Bug[] = [
  {
    name: 'the limit is checked outside of the transaction',
    file: 'snapshots/routes.ts',
    replace: `      let snapshotId = 0
`,
    with: `      let snapshotId = 0
      const { snapshotLimit } = deps.snapshots
      const there = await listSnapshots(db, { ...create, now: now() })
      const unlimited = { ...deps.snapshots, snapshotLimit: there.length < snapshotLimit ? 1000 : snapshotLimit }
`,
    and: [
      {
        replace: 'await requestCreate(trx, deps.snapshots, create, space)',
        with: 'await requestCreate(trx, unlimited, create, space)',
      },
    ],
    caughtBy: [
      {
        file: 'packages/server/test/snapshots/limit.test.ts',
        name: 'come at once, as many are accepted as the limit allows [postgres]',
      },
    ],
  },
  {
    name: 'the row of an Idempotency-Key comes after the effect',
    file: 'http/answer.ts',
    replace: `    const kept = keyed && (await claimKey(trx, keyed, http.now()))
    if (kept) return { kept, fresh: undefined }
    const effect = await post.effect(trx)
    const fresh = { status: effect.status, body: effect.body, operationId: effect.operationId ?? null }
    if (keyed) await keepReply(trx, keyed, effect.replay ?? fresh)
    return { kept: undefined, fresh }
  })
`,
    with: `    const { accountId: account_id, route, key } = keyed ?? { accountId: 0, route: '', key: '' }
    const found = trx.selectFrom('idempotency_keys').selectAll().where(eb => eb.and({ account_id, route, key }))
    const row = await found.executeTakeFirst()
    if (row) {
      const kept = { status: row.status, body: JSON.parse(row.body ?? 'null'), operationId: row.operation_id }
      return { kept, fresh: undefined, later: undefined }
    }
    const effect = await post.effect(trx)
    const fresh = { status: effect.status, body: effect.body, operationId: effect.operationId ?? null }
    return { kept: undefined, fresh, later: effect.replay ?? fresh }
  })
  if (keyed && outcome.later) {
    const { later } = outcome
    await inTransaction(http.db, async trx => {
      await claimKey(trx, keyed, http.now())
      await keepReply(trx, keyed, later)
    })
  }
`,
    caughtBy: [
      {
        file: 'packages/server/test/http/idempotency.test.ts',
        name: 'many at once with one key: one effect, one reply [postgres]',
      },
    ],
  },
  {
    name: 'whose it is is looked at after the read',
    file: 'snapshots/store.ts',
    replace: "    .where('snapshots.account_id', '=', accountId)\n",
    with: "    .where(eb => eb.or([eb('snapshots.account_id', '=', accountId), eb('snapshots.id', '>', sql.lit(0))]))\n",
    caughtBy: [
      {
        file: 'packages/server/test/snapshots/routes.test.ts',
        name: 'the list by server; an unknown server has none; nobody else’s [sqlite]',
      },
    ],
  },
  {
    name: "a snapshot of somebody else's server",
    file: 'layers/own-server.ts',
    replace: "    .where('account_id', '=', accountId)\n",
    with: '',
    caughtBy: [
      { file: 'packages/server/test/snapshots/routes.test.ts', name: 'somebody else’s are the same 404 [sqlite]' },
    ],
  },
  {
    name: 'a token is compared by its beginning',
    file: 'tokens/digest.ts',
    replace: "hash('sha256', secret, 'hex')",
    with: "hash('sha256', secret.slice(0, 40), 'hex')",
    caughtBy: [{ file: 'packages/server/test/http/auth.test.ts', name: 'before its body is looked at [sqlite]' }],
  },
  {
    name: 'an expired token is accepted',
    file: 'http/auth.ts',
    replace: ' && (token.expires_at === null || token.expires_at > now)',
    with: ' && now > 0',
    caughtBy: [
      {
        file: 'packages/server/test/http/auth.test.ts',
        name: 'an expired token and a revoked one are refused at once [sqlite]',
      },
    ],
  },
  {
    name: 'the quota is checked outside of the transaction',
    file: 'layers/space.ts',
    replace: '  const { quota_bytes } = await quotaOf(db, accountId)\n  return {\n',
    with: `  const { quota_bytes, quota_servers } = await quotaOf(db, accountId)
  const count = await countServers(db, accountId)
  const isOver = quota_servers !== null && count >= quota_servers
  if (isOver) throw new Failure('quota_exceeded', \`The account has \${count} servers; its quota is \${quota_servers}.\`)
  return {
`,
    and: [
      {
        replace: '  if (quota_servers === null) return\n  const count',
        with: '  if (quota_servers !== -1) return\n  const count',
      },
    ],
    caughtBy: [
      {
        file: 'packages/server/test/accounts/quotas.test.ts',
        name: 'servers: many at once never exceed it; deleting gives the place back [postgres]',
      },
    ],
  },
  {
    name: 'transactions are not serializable',
    file: 'db/database.ts',
    replace: "setIsolationLevel('serializable')",
    with: "setIsolationLevel('read committed')",
    caughtBy: [
      {
        file: 'packages/server/test/accounts/quotas.test.ts',
        name: 'servers: many at once never exceed it; deleting gives the place back [postgres]',
      },
    ],
  },
  {
    name: 'what was sent is logged',
    file: 'app.ts',
    replace: 'request.log.info({ ...fields, ...actsFor }',
    with: 'request.log.info({ ...fields, ...actsFor, body: request.body }',
    caughtBy: [{ file: 'test/security/secrets.test.ts', name: '[sqlite]' }],
  },
  {
    name: 'a function of the host is open to everybody who has a token',
    file: 'accounts/routes.ts',
    replace: "config: { access: 'admin', failures: ['email_taken'",
    with: "config: { access: 'token', failures: ['email_taken'",
    caughtBy: [
      {
        file: 'test/security/api5-function-level.test.ts',
        name: 'each operation wants its permission, and all others together are not enough [sqlite]',
      },
    ],
  },
]
