/** Every address of the console, below `/console`. Nothing else builds one. */

/** The tabs of a server, as they are in its address. */
export const serverTabs = ['overview', 'snapshots', 'terminal', 'activity', 'settings'] as const
export type ServerTab = (typeof serverTabs)[number]

export const paths = {
  servers: () => '/',
  server: (id: number, tab: ServerTab = 'overview') => `/servers/${id}/${tab}`,
  /** The form for a new one; made from this image, unless another is chosen. */
  newServer: (imageId?: number) => `/servers/new${imageId === undefined ? '' : `?image=${imageId}`}`,
  snapshots: () => '/snapshots',
  operations: () => '/operations',
  /** One of them. */
  operation: (id: number) => `/operations?operation=${id}`,
  images: () => '/images',
  tokens: () => '/tokens',
  accounts: () => '/accounts',
  settings: () => '/settings',
} as const

/** Outside the console, of the same service. */
export const documentation = {
  home: (language: string) => `/docs/${language}/`,
  page: (language: string, page: string) => `/docs/${language}/${page}`,
} as const
