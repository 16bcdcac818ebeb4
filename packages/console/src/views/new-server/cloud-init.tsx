/** What cloud-init does at the first boot, where it is in the image. */
import { Textarea } from '@mantine/core'
import { useId } from 'react'
import { m } from '../../paraglide/messages.js'
import css from './new-server.module.css'
import type { PartProps } from './part.ts'

export function CloudInit({ wish, image, faults, told, change }: PartProps) {
  const heading = useId()
  if (!image) return null
  return (
    <section aria-labelledby={heading}>
      <h2 id={heading}>{m.new_cloud_init()}</h2>
      {image.cloud_init ? (
        <>
          <Textarea
            label={m.new_ssh_keys()}
            description={m.new_ssh_keys_hint()}
            placeholder="ssh-ed25519 AAAA… ada@example.com"
            value={wish.sshKeys}
            error={faults.has('sshKeys') ? m.new_ssh_keys_fault() : undefined}
            minRows={2}
            autosize
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            onChange={event => change({ sshKeys: event.currentTarget.value })}
          />
          <Textarea
            label={m.new_user_data()}
            description={m.new_user_data_hint()}
            placeholder={'#cloud-config\npackages: [qemu-guest-agent]'}
            value={wish.userData}
            error={(faults.has('userData') ? m.new_user_data_fault() : undefined) ?? told('cloud_init')}
            minRows={4}
            maxRows={16}
            autosize
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            classNames={{ input: css['code'] ?? '' }}
            onChange={event => change({ userData: event.currentTarget.value })}
          />
        </>
      ) : (
        <p className="dim">{m.new_cloud_init_none()}</p>
      )}
    </section>
  )
}
