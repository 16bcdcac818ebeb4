/** A view that fails takes nothing else with it. */
import { Button } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { m } from '../paraglide/messages.js'

interface BoundaryProps {
  /** Where one is: elsewhere it is tried anew. */
  readonly place: string
  readonly children: ReactNode
}

interface BoundaryState {
  readonly place: string
  readonly error: unknown
}

export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { place: this.props.place, error: undefined }

  static getDerivedStateFromError(error: unknown): Partial<BoundaryState> {
    return { error }
  }

  static getDerivedStateFromProps({ place }: BoundaryProps, state: BoundaryState): BoundaryState | null {
    return place === state.place ? null : { place, error: undefined }
  }

  override render() {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return (
      <div role="alert">
        <h1 className="title">{m.broken_title()}</h1>
        <p>{m.broken_text()}</p>
        <Button variant="default" onClick={() => location.reload()}>
          {m.broken_reload()}
        </Button>
        <pre dir="ltr" className="wrapped">
          {error instanceof Error ? (error.stack ?? error.message) : String(error)}
        </pre>
      </div>
    )
  }
}
