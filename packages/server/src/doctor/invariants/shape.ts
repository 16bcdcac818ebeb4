/** I4: chains are without circles, inside the folder, not too deep. */
import { type LayerId, MAX_CHAIN_DEPTH } from '../../domain/layers.ts'
import type { Finding, Invariant } from '../finding.ts'
import { isCircular, standsOn } from '../headers.ts'
import { whoReads } from '../readers.ts'
import { chainOf } from '../rows.ts'
import type { World } from '../world.ts'

type Found = Omit<Finding, 'invariant'>

/** Circles and ways out of the folder, by the headers. */
function inHeaders(world: World): Found[] {
  const { rows, files, paths } = world
  const findings: Found[] = []
  const found = new Map(files.layers.map(layer => [layer.id, layer]))
  for (const layer of files.layers) {
    const { id, base } = layer
    const row = rows.layers.get(id)
    if (!row || row.state === 'prepared' || row.state === 'trash') continue
    if (base.kind === 'file' && standsOn(world, layer) === 'elsewhere') {
      findings.push({
        level: 'damage',
        subject: `layer ${id}`,
        text: `The header of layer ${id} names ${JSON.stringify(base.path)} below it, which is no layer and no image of this host. ${whoReads(world, id)}`,
        remedy: 'Start nothing that reads it: a guest that broke out of QEMU could have written that name.',
      })
    } else if (base.kind === 'unreadable') {
      findings.push({
        level: 'damage',
        subject: `layer ${id}`,
        text: `The header of layer ${id} cannot be read: ${base.why}. ${whoReads(world, id)}`,
        remedy: `Put ${paths.layer(row)} back from a copy.`,
      })
    } else if (isCircular(found, id)) {
      findings.push({
        level: 'damage',
        subject: `layer ${id}`,
        text: `By the headers, layer ${id} stands on itself. ${whoReads(world, id)}`,
        remedy: 'Start nothing that reads it. The database still knows what it stood on.',
      })
    }
  }
  return findings
}

/** Circles, holes and depth, by the database. */
function inRows({ rows }: World): Found[] {
  const findings: Found[] = []
  for (const row of rows.layers.values()) {
    const chain = chainOf(rows, row.id)
    const bottom = rows.layers.get(chain.at(-1) as LayerId)
    if (bottom?.parent_id != null) {
      const isCircle = chain.includes(bottom.parent_id)
      findings.push({
        level: 'damage',
        subject: `the row of layer ${row.id}`,
        text: isCircle
          ? `In the database, layer ${row.id} stands on itself.`
          : `In the database, layer ${bottom.parent_id} is missing below layer ${row.id}.`,
        remedy: 'Stop the service and make the database anew from the records: npm run rebuild -- --dry-run',
      })
    }
    if (chain.length > MAX_CHAIN_DEPTH) {
      findings.push({
        level: 'fault',
        subject: `the depth of layer ${row.id}`,
        text: `${chain.length} layers lie on top of each other below layer ${row.id}; the limit is ${MAX_CHAIN_DEPTH}.`,
        remedy: 'Delete snapshots of its server: what is in between is merged then.',
      })
    }
    if (row.file !== null && row.is_image !== 1) {
      findings.push({
        level: 'damage',
        subject: `the place of layer ${row.id}`,
        text: `Layer ${row.id} is written to and lies outside of the state folder, in ${row.file}.`,
        remedy: 'Only images may be used in place. Nothing of ours makes such a row: restore the database.',
      })
    }
  }
  return findings
}

/** What lies in the place of a layer and is no plain file. */
function inTheFolder(world: World): Found[] {
  const { rows, files } = world
  return files.others.flatMap(name => {
    const [, id] = /^(\d+)\.(qcow2|raw)$/.exec(name) ?? []
    if (id === undefined || !rows.layers.has(Number(id))) return []
    return [
      {
        level: 'damage' as const,
        subject: `layer ${id}`,
        text: `guests/layers/${name} is not a plain file. ${whoReads(world, Number(id))}`,
        remedy: 'Start nothing that reads it: a link there leads out of the folder.',
      },
    ]
  })
}

export const shapeInvariants: Invariant<World>[] = [
  {
    id: 'I4',
    title: 'chains are without circles, inside the folder, not too deep',
    check: async world => [...inHeaders(world), ...inRows(world), ...inTheFolder(world)],
  },
]
