/** What stands in place of everything else while nobody is signed in. */
import { Button, PasswordInput } from '@mantine/core'
import { RestpointError } from '@restpoint/sdk/source'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { isUnreachable } from '../data/query-client.ts'
import { LanguageMenu, ThemeMenu } from '../frame/menus.tsx'
import { m } from '../paraglide/messages.js'
import { Loading } from '../parts/states.tsx'
import { clientOf } from './client.tsx'
import { takeCode } from './link.ts'
import { signIn, type Why } from './session.ts'
import css from './sign-in.module.css'

/** Read once, before the router sees the address. */
const code = takeCode()
let isCodeUsed = false

/** What is said above the field. */
const reasons = {
  expired: m.signin_expired,
  'signed-out': m.signin_signed_out,
  'link-used': m.signin_link_used,
  unreachable: m.signin_unreachable,
} as const

export function SignIn({ why }: { readonly why: Why | undefined }) {
  const [reason, setReason] = useState<keyof typeof reasons | undefined>(why)
  const [isTryingCode, setIsTryingCode] = useState(code !== undefined && !isCodeUsed)
  useEffect(() => {
    document.title = `${m.signin_title()} · Restpoint`
  }, [])
  useEffect(() => {
    if (code === undefined || isCodeUsed) return
    isCodeUsed = true
    clientOf()
      .tokens.signIn({ code })
      .then(({ token }) => signIn(token))
      .catch(error => setReason(isUnreachable(error) ? 'unreachable' : 'link-used'))
      .finally(() => setIsTryingCode(false))
  }, [])
  return (
    <>
      <header className={css['top']}>
        <LanguageMenu />
        <ThemeMenu />
      </header>
      <main className={css['main']}>
        <h1 className="title">{m.signin_title()}</h1>
        {reason && (
          <p role="status" className={css['reason']}>
            {reasons[reason]()}
          </p>
        )}
        {isTryingCode ? <Loading rows={2} /> : <TokenForm />}
      </main>
    </>
  )
}

function TokenForm() {
  const [token, setToken] = useState('')
  const [error, setError] = useState<string>()
  const [isTrying, setIsTrying] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const tried = token.trim()
    setIsTrying(true)
    const problem = await whatIsWrong(tried)
    setIsTrying(false)
    if (problem === undefined) return signIn(tried)
    setError(problem)
    input.current?.focus()
  }
  return (
    <form onSubmit={submit} className={css['form']} noValidate>
      <PasswordInput
        ref={input}
        label={m.signin_token()}
        description={m.signin_hint()}
        error={error}
        value={token}
        onChange={event => {
          setToken(event.currentTarget.value)
          setError(undefined)
        }}
        dir="ltr"
        autoFocus
        autoComplete="off"
        spellCheck={false}
        visibilityToggleButtonProps={{ 'aria-label': m.signin_reveal() }}
      />
      <Button type="submit" loading={isTrying}>
        {m.signin_button()}
      </Button>
      <p className="dim">{m.signin_kept()}</p>
    </form>
  )
}

/** Undefined: it is good. */
async function whatIsWrong(token: string): Promise<string | undefined> {
  if (!/^rp_[A-Za-z0-9_-]{43}$/.test(token)) return m.signin_malformed()
  try {
    await clientOf(token).account.me({ retries: 0 })
    return undefined
  } catch (error) {
    if (error instanceof RestpointError && error.code === 'unauthenticated') return m.signin_refused()
    if (isUnreachable(error)) return m.signin_unreachable()
    return error instanceof Error ? error.message : String(error)
  }
}
