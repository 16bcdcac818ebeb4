/** Whose account it is, for people: three fields that may be empty. */
import { TextInput } from '@mantine/core'
import type { Account } from '@restpoint/sdk/source'
import type { ReactNode } from 'react'
import { number } from '../../format/numbers.ts'
import { Beside } from '../../forms/fields.tsx'
import { language } from '../../language/language.ts'
import { m } from '../../paraglide/messages.js'

export type Names = Pick<Account, 'first_name' | 'last_name' | 'company_name'>

export const noNames: Names = { first_name: '', last_name: '', company_name: '' }

const LONGEST = 100

interface NameFieldsProps {
  readonly names: Names
  /** What the service says of a field. */
  readonly told: (field: string) => ReactNode
  readonly change: (names: Names) => void
}

export function NameFields({ names, told, change }: NameFieldsProps) {
  const field = (name: keyof Names, label: string) => (
    <TextInput
      label={label}
      value={names[name]}
      error={faultOf(names[name]) ?? told(name)}
      dir="auto"
      autoComplete="off"
      onChange={event => change({ ...names, [name]: event.currentTarget.value })}
    />
  )
  return (
    <>
      <Beside>
        {field('first_name', m.accounts_first_name())}
        {field('last_name', m.accounts_last_name())}
      </Beside>
      {field('company_name', m.accounts_company())}
    </>
  )
}

export function areNames(names: Names): boolean {
  return Object.values(names).every(name => faultOf(name) === undefined)
}

function faultOf(name: string): string | undefined {
  return [...name].length > LONGEST ? m.form_too_long({ n: number(language(), LONGEST) }) : undefined
}
