import type { CommandSpec } from '../../command.ts'
import { tellDryRun } from '../../dry-run.ts'
import { imageId } from '../../find.ts'
import { dryRunOption, type Rehearsing } from '../../options.ts'

export const command: CommandSpec<{ image: string } & Rehearsing> = {
  summary: 'delete an image; for administrators',
  more: 'Servers that were made from it go on; its file goes with the last of them.',
  arguments: { '<image>': 'name or id' },
  options: dryRunOption,
  example: 'restpoint image delete debian-11',
  async run(context, { image, dryRun }) {
    const connected = await context.connect()
    const { restpoint, scope } = connected
    const id = await imageId(connected, image)
    if (dryRun) return tellDryRun(context, await restpoint.dryRun.images.delete(id, scope))
    context.tell(await restpoint.images.delete(id, scope), () => [`Image ${image} is deleted.`])
    return undefined
  },
}
