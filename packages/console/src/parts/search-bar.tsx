/** What stands above a list: what one searches for, which of them one wants, and how many there are. */
import { TextInput } from '@mantine/core'
import { m } from '../paraglide/messages.js'
import { Icon } from './icon.tsx'
import css from './search-bar.module.css'

export interface Filter {
  readonly label: string
  /** Of the one that is chosen; empty: all. */
  readonly value: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
  /** Empty: all. */
  readonly choose: (value: string) => void
}

interface SearchBarProps {
  /** What is listed, in a sentence. */
  readonly text?: string
  readonly search?: {
    readonly label: string
    readonly value: string
    readonly change: (value: string) => void
  }
  readonly filters?: readonly Filter[]
  /** In words; told when it changes. */
  readonly count?: string
}

export function SearchBar({ text, search, filters = [], count }: SearchBarProps) {
  return (
    <div className={css['bar']}>
      {text !== undefined && <p className={css['text']}>{text}</p>}
      {search && (
        <TextInput
          className={css['search']}
          type="search"
          aria-label={search.label}
          placeholder={search.label}
          leftSection={<Icon name="search" />}
          value={search.value}
          onChange={event => search.change(event.currentTarget.value)}
        />
      )}
      {filters.map(({ label, value, options, choose }) => (
        <label key={label} className={css['filter']}>
          <span>{label}</span>
          <select value={value} onChange={event => choose(event.currentTarget.value)}>
            <option value="">{m.form_all()}</option>
            {options.map(option => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
        </label>
      ))}
      {count !== undefined && (
        <p role="status" className={css['count']}>
          {count}
        </p>
      )}
    </div>
  )
}
