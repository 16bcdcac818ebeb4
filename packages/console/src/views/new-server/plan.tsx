/** What the server is called, what it is made from, and how much of the host it gets. */
import { Checkbox, NativeSelect, TextInput } from '@mantine/core'
import type { Image } from '@restpoint/sdk/source'
import { useId } from 'react'
import type { NameFault } from '../../actions/names.ts'
import { nameInWords } from '../../dialogs/name-words.ts'
import { number, size } from '../../format/numbers.ts'
import { Beside } from '../../forms/fields.tsx'
import { language } from '../../language/language.ts'
import { m } from '../../paraglide/messages.js'
import css from './new-server.module.css'
import type { PartProps } from './part.ts'
import { firmwares, leastStorage, limits, storageOf } from './wish.ts'

interface PlanProps extends PartProps {
  readonly images: readonly Image[]
  readonly nameFault: NameFault | undefined
}

export function Plan({ wish, images, image, nameFault, faults, told, isTried, change }: PlanProps) {
  const heading = useId()
  const shown = language()
  const n = (value: number) => number(shown, value)
  return (
    <section aria-labelledby={heading}>
      <h2 id={heading}>{m.new_plan()}</h2>
      <TextInput
        label={m.new_name()}
        description={m.new_name_hint()}
        value={wish.name}
        error={
          (nameFault && (wish.name !== '' || isTried) ? nameInWords('server', nameFault) : undefined) ?? told('name')
        }
        dir="ltr"
        autoComplete="off"
        spellCheck={false}
        onChange={event => change({ name: event.currentTarget.value })}
      />
      <NativeSelect
        label={m.new_image()}
        value={image?.id ?? ''}
        data={images.map(one => ({ value: String(one.id), label: labelOf(one) }))}
        error={told('image_id')}
        onChange={event => change({ imageId: Number(event.currentTarget.value) })}
      />
      <Beside>
        <TextInput
          label={m.new_vcpus()}
          value={wish.vcpus}
          error={
            faults.has('vcpus')
              ? m.new_number_fault({ least: n(limits.vcpus[0]), most: n(limits.vcpus[1]) })
              : undefined
          }
          inputMode="numeric"
          dir="ltr"
          autoComplete="off"
          onChange={event => change({ vcpus: event.currentTarget.value })}
        />
        <TextInput
          label={m.new_memory()}
          value={wish.memory}
          error={faults.has('memory') ? m.new_least_fault({ least: n(limits.memory[0]) }) : undefined}
          inputMode="numeric"
          dir="ltr"
          autoComplete="off"
          onChange={event => change({ memory: event.currentTarget.value })}
        />
        <TextInput
          label={m.new_storage()}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          description={m.new_storage_hint({ least: size(shown, image?.size_bytes ?? 0) })}
          value={storageOf(wish, image)}
          error={
            (faults.has('storage')
              ? m.new_number_fault({ least: n(leastStorage(image)), most: n(limits.storage[1]) })
              : undefined) ?? told('plan')
          }
          inputMode="numeric"
          dir="ltr"
          autoComplete="off"
          onChange={event => change({ storage: event.currentTarget.value })}
        />
      </Beside>
      <Checkbox
        label={m.new_autostart()}
        description={m.new_autostart_hint()}
        checked={wish.autostart}
        onChange={event => change({ autostart: event.currentTarget.checked })}
      />
      <details className={css['more']}>
        <summary>{m.new_more()}</summary>
        <div className={css['fields']}>
          <TextInput
            label={m.new_hostname()}
            description={m.new_hostname_hint()}
            value={wish.hostname}
            error={(faults.has('hostname') ? m.new_hostname_fault() : undefined) ?? told('hostname')}
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            onChange={event => change({ hostname: event.currentTarget.value })}
          />
          <TextInput
            label={m.new_location()}
            description={m.new_location_hint()}
            value={wish.location}
            error={(faults.has('location') ? m.new_location_fault() : undefined) ?? told('location')}
            dir="ltr"
            autoComplete="off"
            onChange={event => change({ location: event.currentTarget.value })}
          />
          <NativeSelect
            label={m.new_firmware()}
            description={m.new_firmware_hint()}
            value={wish.firmware}
            data={[
              { value: 'bios', label: 'BIOS' },
              { value: 'uefi', label: 'UEFI' },
            ]}
            error={told('firmware')}
            onChange={event => change({ firmware: firmwares.find(one => one === event.currentTarget.value) ?? 'bios' })}
          />
        </div>
      </details>
    </section>
  )
}

function labelOf({ name, os_name }: Image): string {
  return os_name === name ? name : `${name} · ${os_name}`
}
