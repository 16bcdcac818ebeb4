import type { FastifyRequest } from 'fastify'
import { Failure } from '../errors.ts'

/**
 * For what browsers let any page ask for, WebSockets: they say from which page it comes, and only one of this very host
 * may. Programs say nothing.
 * @throws Failure `permission_denied`
 */
export function refuseForeignOrigin({ headers: { origin }, host }: FastifyRequest): void {
  if (origin === undefined || isOwn(origin, host)) return
  throw new Failure(
    'permission_denied',
    'Only a page of this service may ask for this, and the one that asks is another',
  )
}

/** Whether by http or https is for a proxy before us to know. Ports that go without saying are left out of both. */
function isOwn(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false
  const page = new URL(origin)
  const own = `${page.protocol}//${host}`
  return /^https?:$/.test(page.protocol) && URL.canParse(own) && new URL(own).host === page.host
}
