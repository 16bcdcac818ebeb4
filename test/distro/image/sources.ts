import { run } from '../support/run.ts'

/** Where the host itself gets a Debian release from. */
export interface Source {
  /** e.g. `bookworm`, `bookworm-security` */
  readonly suite: string
  readonly uri: string
}

const inRelease = /^'(\S+)\/dists\/(\S+?)\/InRelease'/gm

/**
 * The release and its updates among the host's configured package sources, so that the image comes from the mirror that
 * the host's own packages come from. Throws where the host has no source of the release.
 */
export async function sourcesOf(codename: string): Promise<Source[]> {
  const uris = await run('apt-get', ['update', '--print-uris'])
  const sources = [...uris.matchAll(inRelease)].map(([, uri = '', suite = '']) => ({ uri, suite }))
  const wanted = [codename, `${codename}-updates`, `${codename}-security`]
  const found = wanted.flatMap(suite => sources.find(source => source.suite === suite) ?? [])
  if (found[0]?.suite !== codename) {
    throw new Error(`The package sources of this host (/etc/apt) name no Debian release "${codename}" to build from.`)
  }
  return found
}

export const sourceLine = ({ uri, suite }: Source) => `deb ${uri} ${suite} main`
