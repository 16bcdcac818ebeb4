/** Makes request targets uniform before they are routed. */
import type { IncomingMessage } from 'node:http'

/**
 * Every path of the API ends in a slash; without it the same route answers, because a redirect would lose the body of
 * a POST in many clients. A path that is not percent-encoded correctly is taken literally: it is no id and no route,
 * and answers 404 like any other.
 */
export function rewriteUrl(request: Pick<IncomingMessage, 'url'>): string {
  const target = (request.url ?? '/').replace(/^https?:\/\/[^/?#]*/i, '') || '/'
  const split = target.search(/[?#]/)
  let path = split < 0 ? target : target.slice(0, split)
  if (path.startsWith('/api/') && !path.endsWith('/')) path += '/'
  if (path.includes('%') && !isDecodable(path)) path = path.replaceAll('%', '%25')
  return split < 0 ? path : path + target.slice(split)
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
