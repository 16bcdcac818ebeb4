import type { Json } from '@restpoint/docs/samples'

/** The body of a request as it is sent: what is undefined is left away. */
export function sent(body: object): Json {
  return JSON.parse(JSON.stringify(body)) as Json
}
