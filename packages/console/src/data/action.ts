/** Something that the reader does: says what happened and what comes next, or what went wrong. */
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import { type Notice, tell, tellProblem } from '../notices/notices.ts'

export interface Action<Given, Answer> {
  /** Through the SDK. */
  readonly run: (given: Given) => Promise<Answer>
  /** What is told when it is done; undefined: nothing. */
  readonly done: (answer: Answer, given: Given) => Notice | undefined
  /** What is old by it. With events it would be asked for anyhow; this does not wait for them. */
  readonly changes: readonly QueryKey[]
  /** A form shows a failure itself, beside its fields. */
  readonly isShownInForm?: boolean
}

export function useAction<Given, Answer>({ run, done, changes, isShownInForm }: Action<Given, Answer>) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: run,
    onSuccess: (answer, given) => {
      const notice = done(answer, given)
      if (notice) tell(notice)
    },
    onError: error => {
      if (!isShownInForm) tellProblem(error)
    },
    onSettled: () => Promise.all(changes.map(queryKey => queries.invalidateQueries({ queryKey }))),
  })
}
