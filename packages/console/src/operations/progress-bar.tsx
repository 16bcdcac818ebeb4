/** An operation that has not ended: what it does, which step, how far, what it waits for. */
import type { Operation } from '@restpoint/sdk/source'
import { percent } from '../format/numbers.ts'
import { language } from '../language/language.ts'
import { m } from '../paraglide/messages.js'
import { Ago } from '../parts/time.tsx'
import { FromService } from '../problems/problem.tsx'
import { risen } from './progress.ts'
import css from './progress-bar.module.css'
import { kindInWords, stepInWords } from './words.ts'

export function ProgressBar({ operation }: { readonly operation: Operation }) {
  const { kind, status, waits_for, created_at } = operation
  const progress = risen(operation)
  const step = status === 'queued' ? m.operation_queued() : stepInWords(operation)
  return (
    <div className={css['running']}>
      <div className={css['head']}>
        <strong>{kindInWords(kind)}</strong>
        <span className={css['step']}>{step}</span>
        <span className={css['since']}>
          <Ago at={created_at} />
        </span>
      </div>
      <div
        role="progressbar"
        aria-label={kindInWords(kind)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(progress * 100)}
        aria-valuetext={`${percent(language(), progress)} ${step}`}
        className={css['track']}
      >
        <div className={css['bar']} style={{ inlineSize: `${progress * 100}%` }} />
      </div>
      {waits_for && (
        <p className={css['waits']}>
          {m.operation_waits()} <FromService>{waits_for}</FromService>
        </p>
      )}
    </div>
  )
}
