import type { Bug } from '../bug.ts'

/** What is taken for garbage and is none, and the order in which it goes. */
export const garbageBugs: readonly Bug[] = [
  {
    name: 'garbage collection ignores undo points',
    file: 'layers/store.ts',
    replace: "const undo = await db.selectFrom('undo_layers').select('layer_id as id').execute()",
    with: "const undo = await db.selectFrom('undo_layers').select('layer_id as id').where('layer_id', '<', 0).execute()",
    caughtBy: [{ file: 'packages/server/test/layers/undo-is-kept.test.ts', name: '[sqlite]' }],
  },
  {
    name: 'garbage collection ignores a clone',
    file: 'servers/insert.ts',
    replace: '  await leaseForUse(trx, operationId, await chainsOf(trx, disks))\n',
    with: '  void [leaseForUse, chainsOf]\n',
    caughtBy: [{ file: 'packages/server/test/servers/clone-and-merge.test.ts', name: '[sqlite]' }],
  },
  {
    name: 'a layer that two stand on is merged into one of them',
    file: 'domain/layers.ts',
    replace: 'else if (children.length > 1) waiting.set(node.id, `${children.length} layers stand on it`)\n',
    with: '\n',
    caughtBy: [
      { file: 'packages/server/test/domain/garbage.property.test.ts' },
      { file: 'packages/server/test/domain/layers.test.ts' },
    ],
  },
  {
    name: 'a file goes after its row',
    file: 'layers/collector.ts',
    replace: '  await driver.discardLayer(await readLayer(db, id))\n',
    with: '  const layer = await readLayer(db, id)\n',
    and: [
      {
        replace:
          "    await trx.deleteFrom('layers').where('id', '=', id).where('state', '=', 'trash').execute()\n  })\n",
        with: "    await trx.deleteFrom('layers').where('id', '=', id).where('state', '=', 'trash').execute()\n  })\n  await driver.discardLayer(layer)\n",
      },
    ],
    caughtBy: [{ file: 'packages/server/test/layers/trash.test.ts', name: '[sqlite]' }],
  },
]
