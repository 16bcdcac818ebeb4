import type { CommandSpec } from '../../command.ts'
import { status } from '../../terminal/colour.ts'
import { table } from '../../terminal/table.ts'
import { size, when } from '../../terminal/units.ts'

export const command: CommandSpec<object> = {
  summary: 'list images, newest first',
  example: 'restpoint image list',
  async run(context) {
    const { restpoint, scope } = await context.connect()
    context.tell(await restpoint.images.list(scope), ({ results }) =>
      table(
        results,
        [
          ['id', image => image.id],
          ['name', image => image.name],
          ['status', image => status(image.status)],
          ['system', image => image.os_name],
          ['size', image => size(image.size_bytes)],
          ['cloud-init', image => (image.cloud_init ? 'yes' : 'no')],
          ['imported', image => when(image.created_at)],
          ['error', image => image.error?.title],
        ],
        'There are no images.',
      ),
    )
    return undefined
  },
}
