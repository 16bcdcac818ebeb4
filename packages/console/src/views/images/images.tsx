/** What servers are made from. Images belong to the host: everybody sees them, administrators import and delete them. */
import type { Image } from '@restpoint/sdk/source'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useReasonAgainst } from '../../data/allowed.ts'
import { useImages } from '../../data/images.ts'
import { useOperation } from '../../data/operations.ts'
import { isolated } from '../../format/isolate.ts'
import { number, percent } from '../../format/numbers.ts'
import { Page } from '../../frame/page.tsx'
import { language } from '../../language/language.ts'
import { risen } from '../../operations/progress.ts'
import { m } from '../../paraglide/messages.js'
import { ActionButton } from '../../parts/action-button.tsx'
import { AsCode, AsCodeDialog } from '../../parts/as-code.tsx'
import { Code } from '../../parts/code.tsx'
import { Permitted } from '../../parts/permitted.tsx'
import { RowMenu } from '../../parts/row-menu.tsx'
import { SearchBar } from '../../parts/search-bar.tsx'
import { Size } from '../../parts/size.tsx'
import { StateDot } from '../../parts/state-dot.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { paths } from '../../paths.ts'
import { useProblemWords } from '../../problems/catalogue.ts'
import { FromService } from '../../problems/problem.tsx'
import { DeleteImageDialog } from './delete.tsx'
import css from './images.module.css'
import { ImportDialog } from './import.tsx'
import { imageRequests } from './requests.ts'

export default function ImageList() {
  const [isImporting, setIsImporting] = useState(false)
  const against = useReasonAgainst()('admin')
  return (
    <Page
      title={m.images_title()}
      actions={
        <>
          <AsCode request={imageRequests.list} />
          <ActionButton size="sm" reason={against} onClick={() => setIsImporting(true)}>
            {m.images_import()}
          </ActionButton>
        </>
      }
    >
      <Permitted permission="servers:read">
        <Answered query={useImages()}>
          {images => (images.length === 0 ? <NoImages /> : <Images images={images} />)}
        </Answered>
      </Permitted>
      {isImporting && <ImportDialog close={() => setIsImporting(false)} />}
    </Page>
  )
}

function Images({ images }: { readonly images: readonly Image[] }) {
  const [deleting, setDeleting] = useState<Image>()
  const [shownAsCode, setShownAsCode] = useState<Image>()
  const columns: Column<Image>[] = [
    {
      key: 'name',
      head: m.images_name(),
      isName: true,
      cell: ({ name, os_name }) => (
        <>
          <bdi className={css['name']}>{name}</bdi>
          {os_name !== name && (
            <div className={css['system']}>
              <bdi>{os_name}</bdi>
            </div>
          )}
        </>
      ),
    },
    { key: 'state', head: m.images_state(), cell: image => <State image={image} /> },
    { key: 'file', head: m.images_file(), cell: image => <File image={image} /> },
    {
      key: 'cloud-init',
      head: 'cloud-init',
      cell: ({ cloud_init }) => (cloud_init ? m.form_yes() : <span className="dim">{m.form_no()}</span>),
    },
    {
      key: 'size',
      head: m.images_size(),
      isNumber: true,
      cell: ({ size_bytes }) => (size_bytes === null ? '–' : <Size bytes={size_bytes} />),
    },
    { key: 'made', head: m.images_made(), cell: ({ created_at }) => <Ago at={created_at} /> },
    {
      key: 'actions',
      head: m.form_actions(),
      isActions: true,
      cell: image => (
        <ImageMenu image={image} remove={() => setDeleting(image)} showCode={() => setShownAsCode(image)} />
      ),
    },
  ]
  return (
    <>
      <SearchBar
        text={m.images_text()}
        count={m.images_count({ count: images.length, n: number(language(), images.length) })}
      />
      <Table caption={m.images_title()} columns={columns} rows={images} keyOf={({ id }) => id} />
      {deleting && <DeleteImageDialog image={deleting} close={() => setDeleting(undefined)} />}
      <AsCodeDialog
        request={imageRequests.show(shownAsCode?.id ?? 0)}
        isOpen={shownAsCode !== undefined}
        close={() => setShownAsCode(undefined)}
      />
    </>
  )
}

interface ImageMenuProps {
  readonly image: Image
  readonly remove: () => void
  readonly showCode: () => void
}

function ImageMenu({ image: { id, name, status }, remove, showCode }: ImageMenuProps) {
  const [, go] = useLocation()
  const against = useReasonAgainst()
  const notYet = status === 'available' ? undefined : m.images_not_available()
  return (
    <RowMenu
      label={m.images_menu({ name: isolated(name) })}
      actions={[
        {
          label: m.images_new_server(),
          reason: against('servers:write') ?? notYet,
          run: () => go(paths.newServer(id)),
        },
        { label: m.images_delete(), reason: against('admin'), isFinal: true, run: remove },
      ]}
      showCode={showCode}
    />
  )
}

/** With how far its import is, and why one failed: administrators alone are told. */
function State({ image: { status, operation_id, error } }: { readonly image: Image }) {
  const isImporting = status === 'importing'
  const operation = useOperation(isImporting ? (operation_id ?? undefined) : undefined).data
  const words = useProblemWords(error?.code)
  return (
    <div className={css['state']}>
      <StateDot state={status} />
      {operation && <Link href={paths.operation(operation.id)}>{percent(language(), risen(operation))}</Link>}
      {error && (
        <span className={css['path']}>
          {operation_id ? (
            <Link href={paths.operation(operation_id)}>{words?.title ?? <FromService>{error.title}</FromService>}</Link>
          ) : (
            words?.title
          )}
        </span>
      )}
    </div>
  )
}

function File({ image: { format, linked, path } }: { readonly image: Image }) {
  if (format === null) return '–'
  return (
    <div>
      <Code>{format}</Code>
      {linked && <> · {m.images_linked()}</>}
      {linked && path && (
        <div className={css['path']}>
          <Code>{path}</Code>
        </div>
      )}
    </div>
  )
}

function NoImages() {
  return (
    <Empty title={m.images_empty_title()}>
      <p>{m.images_empty_text()}</p>
      <p>
        <Code>restpoint image import /srv/images/debian-12.qcow2 --name debian-12 --format qcow2</Code>
      </p>
    </Empty>
  )
}
