/** `/servers/new`: a new server from an image. What stands in its way is shown before it is asked for. */
import { Button } from '@mantine/core'
import type { Body, Image } from '@restpoint/sdk/source'
import { type FormEvent, useRef, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { faultOf } from '../../actions/names.ts'
import { useAction } from '../../data/action.ts'
import { useReasonAgainst } from '../../data/allowed.ts'
import { useDryRun } from '../../data/dry-run.ts'
import { useImages } from '../../data/images.ts'
import { keys } from '../../data/keys.ts'
import { Blockers, expectedTime, reasonOf } from '../../dialogs/foreseen.tsx'
import { isolated } from '../../format/isolate.ts'
import { FormProblem, fieldErrors } from '../../forms/errors.tsx'
import { Fields } from '../../forms/fields.tsx'
import { useSettled } from '../../forms/use-settled.ts'
import { Page } from '../../frame/page.tsx'
import { m } from '../../paraglide/messages.js'
import { ActionButton } from '../../parts/action-button.tsx'
import { AsCode } from '../../parts/as-code.tsx'
import { Code } from '../../parts/code.tsx'
import { Permitted } from '../../parts/permitted.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { paths } from '../../paths.ts'
import { useRestpoint } from '../../session/client.tsx'
import { CloudInit } from './cloud-init.tsx'
import { NetworkFields } from './network.tsx'
import css from './new-server.module.css'
import { Plan } from './plan.tsx'
import { createRequest } from './requests.ts'
import { bodyOf, faultsOf, firstWish, type Wish } from './wish.ts'

/** What the service may say of them is shown beside them. */
const fields = [
  'name',
  'image_id',
  'plan',
  'network',
  'forwards',
  'cloud_init',
  'hostname',
  'location',
  'firmware',
  'autostart',
]

export default function NewServer() {
  const images = useImages()
  if (images.data) return <Form images={images.data} />
  return (
    <Page title={m.new_title()}>
      <Permitted permission="servers:read">
        <Answered query={images}>{() => null}</Answered>
      </Permitted>
    </Page>
  )
}

function Form({ images }: { readonly images: readonly Image[] }) {
  const restpoint = useRestpoint()
  const [, go] = useLocation()
  const wanted = Number(new URLSearchParams(useSearch()).get('image'))
  const available = images.filter(({ status }) => status === 'available')
  const [wish, setWish] = useState<Wish>(firstWish)
  const [tries, setTries] = useState(0)
  const sent = useRef(false)
  const image = available.find(({ id }) => id === (wish.imageId ?? wanted)) ?? available[0]
  const nameFault = faultOf('server', wish.name)
  const faults = faultsOf(wish, image)
  const isWhole = nameFault === undefined && faults.size === 0
  const body = bodyOf(wish, image)
  const asked = useSettled(isWhole ? body : null)
  const foreseen = useDryRun(
    ['create server', asked],
    asked === null ? undefined : (dryRun, signal) => dryRun.servers.create(asked, { retries: 0, signal }),
  )
  const action = useAction({
    run: (body: Body<'createServer'>) => restpoint.servers.create(body),
    done: ({ body: made }) => {
      go(paths.server(made.id))
      return { title: m.new_begun({ name: isolated(made.name) }), text: m.new_begun_next() }
    },
    changes: [keys.servers, keys.operations],
    isShownInForm: true,
  })
  const error = action.error ?? (asked ? foreseen.error : null)
  const told = fieldErrors(error)
  const against = useReasonAgainst()('servers:write') ?? (asked ? reasonOf(foreseen) : undefined)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTries(tries + 1)
    if (!isWhole || against !== undefined || action.isPending || sent.current) return
    // Whoever presses twice has one server.
    sent.current = true
    action.mutate(body, { onSettled: () => (sent.current = false) })
  }
  const change = (change: Partial<Wish>) => setWish({ ...wish, ...change })
  const part = { wish, image, faults, told, isTried: tries > 0, change }
  if (available.length === 0) return <NoImages />
  return (
    <Page title={m.new_title()} actions={<AsCode request={createRequest(body)} />}>
      <form onSubmit={submit} noValidate>
        <Fields tries={tries} error={action.error}>
          <div className={css['form']}>
            <Plan {...part} images={available} nameFault={nameFault} />
            <NetworkFields {...part} />
            <CloudInit {...part} />
            <div className={css['fields']}>
              {asked && !foreseen.error && <p className="dim">{expectedTime(foreseen)}</p>}
              {asked && !foreseen.error && <Blockers foreseen={foreseen} />}
              <FormProblem error={error} fields={fields} />
              <div className={css['buttons']}>
                <ActionButton type="submit" reason={against} loading={action.isPending}>
                  {m.new_confirm()}
                </ActionButton>
                <Button variant="default" onClick={() => go(paths.servers())}>
                  {m.cancel()}
                </Button>
              </div>
            </div>
          </div>
        </Fields>
      </form>
    </Page>
  )
}

function NoImages() {
  return (
    <Page title={m.new_title()}>
      <Empty title={m.new_no_image_title()}>
        <p>{m.new_no_image_text()}</p>
        <p>
          <Code>restpoint image import /srv/images/debian-12.qcow2 --name debian-12 --format qcow2</Code>
        </p>
        <Button component="a" href={`/console${paths.images()}`} variant="default" size="sm">
          {m.images_title()}
        </Button>
      </Empty>
    </Page>
  )
}
