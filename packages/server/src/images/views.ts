/** Images as they look on the wire. */
import type { Driver } from '../drivers/driver.ts'
import { toTime } from '../http/times.ts'
import { operationError } from '../operations/schemas.ts'
import type { Image } from './schemas.ts'
import type { ImageRow } from './store.ts'

/** What is the host's own, and what may name its files, is for administrators. */
export function toImage(driver: Driver, row: ImageRow, isAdmin: boolean): Image {
  const { id, name, status, os_name, size_bytes, format, file, operation_id } = row
  return {
    id,
    name,
    status,
    os_name,
    cloud_init: row.cloud_init === 1,
    format,
    size_bytes,
    linked: file !== null,
    created_at: toTime(row.created_at),
    ...(isAdmin
      ? {
          path: pathOf(driver, row),
          operation_id,
          error: status === 'failed' ? operationError(row.error_code, row.error_detail, true) : null,
        }
      : {}),
  }
}

function pathOf(driver: Driver, { layer_id, size_bytes, format, file }: ImageRow): string | null {
  if (layer_id === null || size_bytes === null || format === null) return null
  return driver.pathOf({ id: layer_id, sizeBytes: size_bytes, format, isImage: true, file })
}
