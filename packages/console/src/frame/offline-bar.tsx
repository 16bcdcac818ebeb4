/** Quiet, but plain: what is shown may be old. It goes when the service answers again. */
import { useConnection } from '../data/connection.ts'
import { m } from '../paraglide/messages.js'
import { Icon } from '../parts/icon.tsx'
import css from './offline-bar.module.css'

export function OfflineBar() {
  const { isReachable } = useConnection()
  return (
    <div role="status" className={isReachable ? undefined : css['bar']}>
      {!isReachable && (
        <>
          <Icon name="offline" />
          {m.offline_bar()}
        </>
      )}
    </div>
  )
}
