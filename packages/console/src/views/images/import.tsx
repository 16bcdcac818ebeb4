/** Importing an image from a file of the host: which format it has is said, never guessed. */
import { Checkbox, NativeSelect, TextInput } from '@mantine/core'
import type { Body } from '@restpoint/sdk/source'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { useAction } from '../../data/action.ts'
import { useReasonAgainst } from '../../data/allowed.ts'
import { useDryRun } from '../../data/dry-run.ts'
import { keys } from '../../data/keys.ts'
import { Dialog } from '../../dialogs/dialog.tsx'
import { Blockers, expectedTime, reasonOf } from '../../dialogs/foreseen.tsx'
import { nameInWords } from '../../dialogs/name-words.ts'
import { isolated } from '../../format/isolate.ts'
import { number } from '../../format/numbers.ts'
import { FormProblem, fieldErrors } from '../../forms/errors.tsx'
import css from '../../forms/fields.module.css'
import { Fields } from '../../forms/fields.tsx'
import { useSettled } from '../../forms/use-settled.ts'
import { language } from '../../language/language.ts'
import { m } from '../../paraglide/messages.js'
import { paths } from '../../paths.ts'
import { useRestpoint } from '../../session/client.tsx'
import { imageRequests } from './requests.ts'
import { faultOfName, isPlainPath, nameOfFile } from './rules.ts'

const LONGEST_SYSTEM = 100
const formats = ['qcow2', 'raw'] as const
type Format = (typeof formats)[number]

const fields = ['path', 'format', 'name', 'os_name', 'cloud_init']

export function ImportDialog({ close }: { readonly close: () => void }) {
  const restpoint = useRestpoint()
  const [, go] = useLocation()
  const [path, setPath] = useState('')
  const [format, setFormat] = useState<Format>()
  const [ownName, setOwnName] = useState<string>()
  const [system, setSystem] = useState('')
  const [hasCloudInit, setHasCloudInit] = useState(true)
  const [isLinked, setIsLinked] = useState(false)
  const [tries, setTries] = useState(0)
  const name = ownName ?? nameOfFile(path)
  const nameFault = faultOfName(name)
  const faults = {
    path: isPlainPath(path) ? undefined : m.images_path_fault(),
    format: format ? undefined : m.images_format_fault(),
    name: nameFault && (nameFault === 'long' ? tooLong() : nameInWords('server', nameFault)),
    system: [...system].length > LONGEST_SYSTEM ? tooLong() : undefined,
  }
  const isWhole = Object.values(faults).every(fault => fault === undefined)
  const body: Body<'importImage'> = {
    name,
    path,
    format: format ?? 'qcow2',
    ...(system === '' ? {} : { os_name: system }),
    ...(hasCloudInit ? {} : { cloud_init: false }),
  }
  const asked = useSettled(isWhole ? { body, isLinked } : null)
  const foreseen = useDryRun(
    ['import image', asked],
    asked === null
      ? undefined
      : (dryRun, signal) => dryRun.images.import(asked.body, { link: asked.isLinked, retries: 0, signal }),
  )
  const action = useAction({
    run: () => restpoint.images.import(body, { link: isLinked }),
    done: ({ operationId }) => {
      close()
      const show = { label: m.images_show_import(), run: () => go(paths.operation(operationId)) }
      return { title: m.images_importing({ name: isolated(name) }), text: m.images_importing_next(), action: show }
    },
    changes: [keys.images, keys.operations],
    isShownInForm: true,
  })
  const told = fieldErrors(action.error ?? foreseen.error)
  const shown = (typed: string, fault: string | undefined) => (typed !== '' || tries > 0 ? fault : undefined)
  return (
    <Dialog
      title={m.images_import_title()}
      confirm={m.images_import_confirm()}
      reason={useReasonAgainst()('admin') ?? (asked ? reasonOf(foreseen) : undefined)}
      isRunning={action.isPending}
      request={imageRequests.import(body, isLinked)}
      run={() => {
        setTries(tries + 1)
        if (isWhole) action.mutate(undefined)
      }}
      close={close}
    >
      <Fields tries={tries} error={action.error}>
        <TextInput
          data-autofocus
          label={m.images_path()}
          description={m.images_path_hint()}
          placeholder="/srv/images/debian-12.qcow2"
          value={path}
          error={shown(path, faults.path) ?? told('path')}
          dir="ltr"
          autoComplete="off"
          spellCheck={false}
          onChange={event => setPath(event.currentTarget.value)}
        />
        <NativeSelect
          label={m.images_format()}
          description={m.images_format_hint()}
          value={format ?? ''}
          data={[{ value: '', label: m.form_choose() }, ...formats.map(value => ({ value, label: value }))]}
          error={(tries > 0 ? faults.format : undefined) ?? told('format')}
          onChange={event => setFormat(formats.find(one => one === event.currentTarget.value))}
        />
        <TextInput
          label={m.images_name()}
          value={name}
          error={shown(ownName ?? '', faults.name) ?? told('name')}
          dir="ltr"
          autoComplete="off"
          spellCheck={false}
          onChange={event => setOwnName(event.currentTarget.value)}
        />
        <TextInput
          label={m.images_system()}
          description={m.images_system_hint()}
          value={system}
          error={faults.system ?? told('os_name')}
          dir="auto"
          autoComplete="off"
          onChange={event => setSystem(event.currentTarget.value)}
        />
        <Checkbox
          label={m.images_cloud_init_in()}
          description={m.images_cloud_init_hint()}
          checked={hasCloudInit}
          error={told('cloud_init')}
          onChange={event => setHasCloudInit(event.currentTarget.checked)}
        />
        <Checkbox
          label={m.images_link()}
          description={m.images_link_hint()}
          checked={isLinked}
          onChange={event => setIsLinked(event.currentTarget.checked)}
        />
        {asked && !foreseen.error && <p className={css['hint']}>{expectedTime(foreseen)}</p>}
        {asked && !foreseen.error && <Blockers foreseen={foreseen} />}
        <FormProblem error={action.error ?? (asked ? foreseen.error : null)} fields={fields} />
      </Fields>
    </Dialog>
  )
}

function tooLong(): string {
  return m.form_too_long({ n: number(language(), LONGEST_SYSTEM) })
}
