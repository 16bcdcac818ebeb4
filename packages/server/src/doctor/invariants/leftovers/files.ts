/** What lies among the layers and in the trash, and layers that nobody came back for. */
import { join } from 'node:path'
import { namesIn } from '../../files.ts'
import type { Finding } from '../../finding.ts'
import { beingMade } from '../../rows.ts'
import type { World } from '../../world.ts'

type Found = Omit<Finding, 'invariant'>

/** The first start makes layers without an operation, and takes a while. */
const PREPARED_GRACE_MS = 10 * 60_000
/** What `--repair` has put into the trash may be looked at for so long. */
const TRASH_DAYS = 1

export function leftFiles(world: World): Found[] {
  return [...layersOfNobody(world), ...draftsAndOthers(world), ...preparedForNothing(world), ...oldTrash(world)]
}

function layersOfNobody({ rows, files, processes }: World): Found[] {
  return files.layers.flatMap(({ id, format }) => {
    if (rows.layers.has(id)) return []
    const file = `${id}.${format}`
    const above = files.layers.filter(({ base }) => base.kind === 'layer' && base.id === id).map(layer => layer.id)
    const isOpen = processes.some(({ open }) => open?.some(({ path }) => path.endsWith(`/guests/layers/${file}`)))
    const isOurs = id <= rows.highestLayerId
    const whose = isOurs ? '' : ', which has never given that id: is it an older copy?'
    const stands = above.length > 0 ? `; layer ${above.join(', ')} stands on it by the header` : ''
    return {
      level: isOurs ? ('fault' as const) : ('unknown' as const),
      subject: `file ${file}`,
      text: `guests/layers/${file} belongs to no layer of the database${whose}${stands}.`,
      ...(isOurs && above.length === 0 && !isOpen
        ? toTrash(file)
        : { remedy: 'Left alone: find out whose it is before you move it.' }),
    }
  })
}

function draftsAndOthers({ rows, files }: World): Found[] {
  const made = beingMade(rows)
  return files.others.flatMap(file => {
    const [, digits, draft] = /^(\d+)\.(?:qcow2|raw)(\.new)?$/.exec(file) ?? []
    const id = Number(digits)
    // Of one that is made now, or again; a link in a layer's place is I4's.
    if (draft !== undefined && (rows.layers.get(id)?.state === 'prepared' || made.has(id))) return []
    if (draft === undefined && rows.layers.has(id)) return []
    if (draft !== undefined && id <= rows.highestLayerId) {
      return {
        level: 'fault' as const,
        subject: `file ${file}`,
        text: `guests/layers/${file} is a draft of layer ${id} that nobody makes any more.`,
        ...toTrash(file),
      }
    }
    return {
      level: 'unknown' as const,
      subject: `file ${file}`,
      text: `guests/layers/${file} is no layer.`,
      remedy: 'Left alone: nothing of ours has such a name.',
    }
  })
}

function toTrash(file: string): Pick<Found, 'remedy' | 'repair'> {
  return { remedy: '--repair moves it to guests/trash.', repair: { kind: 'trash', file } }
}

function preparedForNothing({ rows, now }: World): Found[] {
  const made = beingMade(rows)
  return [...rows.layers.values()]
    .filter(
      ({ id, state, created_at }) => state === 'prepared' && !made.has(id) && created_at <= now - PREPARED_GRACE_MS,
    )
    .map(({ id }) => ({
      level: 'fault' as const,
      subject: `layer ${id}`,
      text: `Layer ${id} was prepared for something that no operation does any more.`,
      remedy: 'It takes a little space and stays. Tell us: nothing of ours leaves one.',
    }))
}

function oldTrash({ rows, paths, now, changedAt }: World): Found[] {
  const old = now - TRASH_DAYS * 24 * 3600_000
  return namesIn(paths.trash).flatMap(file => {
    const movedAt = changedAt(join(paths.trash, file))
    const id = Number(/^(\d+)\./.exec(file)?.[1])
    if (rows.layers.has(id) || movedAt === undefined || movedAt > old) return []
    return {
      level: 'fault' as const,
      subject: `trash ${file}`,
      text: `guests/trash/${file} has been there for more than ${TRASH_DAYS} day and belongs to no layer.`,
      remedy: '--repair removes it.',
      repair: { kind: 'empty' as const, file },
    }
  })
}
