/**
 * The link that the service prints at its first start: `/console/#sign-in=CODE`. The code stands after the #, so no
 * server and no log gets to see it; it works once.
 */
/** The code in the address, which is taken out of it: neither history nor a copied address has it then. */
export function takeCode(): string | undefined {
  const code = /^#sign-in=([\w-]+)$/.exec(location.hash)?.[1]
  if (code !== undefined) history.replaceState(history.state, '', location.pathname + location.search)
  return code
}
