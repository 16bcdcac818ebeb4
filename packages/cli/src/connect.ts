/** The way to the service; the SDK is loaded only now. */
import type { Restpoint } from '@restpoint/sdk/source'
import { CliError } from './failure.ts'

/** @throws CliError for a URL or token that cannot be one. */
export async function connect(settings: { readonly url: string; readonly token: string }): Promise<Restpoint> {
  const { Restpoint } = await import('@restpoint/sdk/source')
  try {
    return new Restpoint(settings)
  } catch (error) {
    throw new CliError(
      'usage',
      (error as Error).message,
      'It comes from an option, the environment or "restpoint login".',
    )
  }
}
