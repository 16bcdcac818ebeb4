import type { MantineColorScheme } from '@mantine/core'
import { m } from '../paraglide/messages.js'
import type { IconName } from '../parts/icon.tsx'

export const themes: readonly { scheme: MantineColorScheme; label: () => string; icon: IconName }[] = [
  { scheme: 'auto', label: m.theme_system, icon: 'system' },
  { scheme: 'light', label: m.theme_light, icon: 'light' },
  { scheme: 'dark', label: m.theme_dark, icon: 'dark' },
]
