/** The few signs that the console needs, drawn by hand on 16 × 16. Words stand beside them, or in a label. */

const drawings = {
  account: 'M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8Zm-5 5.5c.6-2.6 2.5-4 5-4s4.4 1.4 5 4',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  close: 'm4 4 8 8m0-8-8 8',
  code: 'm5.5 4.5-3.5 3.5 3.5 3.5m5-7 3.5 3.5-3.5 3.5',
  copy: 'M5.5 5.5v-3h8v8h-3m-8-5h8v8h-8z',
  dark: 'M13 9.8A5.5 5.5 0 0 1 6.2 3a5.5 5.5 0 1 0 6.8 6.8Z',
  documentation: 'M3 2.5h7a2 2 0 0 1 2 2v9H5a2 2 0 0 1-2-2zm0 9a2 2 0 0 1 2-2h7',
  done: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm-2.6-6 1.9 1.9 3.4-3.6',
  images: 'm8 2 6 3-6 3-6-3zm-6 6 6 3 6-3M2 11l6 3 6-3',
  language:
    'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-12c2 1.8 2.6 3.7 2.6 6S10 12.2 8 14c-2-1.8-2.6-3.7-2.6-6S6 3.8 8 2ZM2.2 8h11.6',
  light:
    'M8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM8 2v1.2m0 9.6V14M2 8h1.2m9.6 0H14M3.8 3.8l.8.8m6.8 6.8.8.8m0-8.4-.8.8m-6.8 6.8-.8.8',
  menu: 'M2.5 4.5h11m-11 3.5h11m-11 3.5h11',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  offline: 'M2 6c3.5-3 8.5-3 12 0M4.5 8.7c2-1.8 5-1.8 7 0M8 12.2h.01M3 13.5l10-11',
  operations: 'M8 4.5V8l2.5 1.5M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z',
  problem: 'M8 2 1.8 13h12.4L8 2Zm0 4.5v3m0 1.9h.01',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Zm3.3-1.2 3.2 3.2',
  servers: 'M2.5 3h11v4h-11zm0 6h11v4h-11zM5 5h.01M5 11h.01',
  settings: 'M2.5 5h5m4 0h2m-11 6h2m4 0h5M9.5 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm-3 6a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  snapshots: 'M4 14V2.5h7.5l-1.8 3 1.8 3H4',
  system: 'M2.5 3h11v7.5h-11zM5.5 13.5h5',
  tokens: 'M5.5 13a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Zm1.8-4.3L13 3m-2.5 2.5 2 2',
} as const

export type IconName = keyof typeof drawings

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={drawings[name]} />
    </svg>
  )
}
