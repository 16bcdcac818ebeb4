import { Link } from 'wouter'
import { m } from '../paraglide/messages.js'
import { paths } from '../paths.ts'
import { Page } from './page.tsx'

export default function NotFound() {
  return (
    <Page title={m.notfound_title()}>
      <p>{m.notfound_text()}</p>
      <p>
        <Link href={paths.servers()}>{m.notfound_link()}</Link>
      </p>
    </Page>
  )
}
