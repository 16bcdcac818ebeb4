/** What Mantine is told of our look. The greys and states are CSS, in styles/base.css. */
import { createTheme, defaultVariantColorsResolver, type MantineColorsTuple } from '@mantine/core'

/** The accent: at 7 on light paper, at 3 on dark. */
const accent: MantineColorsTuple = [
  '#e6f0fb',
  '#cfe3f8',
  '#a5cdf6',
  '#7ab7f5',
  '#4c9bea',
  '#2a82dd',
  '#176fcb',
  '#0a5fb8',
  '#084d96',
  '#063b74',
]

/** What cannot be taken back: at 7 and 3 the states' own `--bad`. */
const red: MantineColorsTuple = [
  '#fdecec',
  '#fbd5d5',
  '#f9b1ad',
  '#ff8a82',
  '#ef6a66',
  '#dd4a4c',
  '#d0343d',
  '#c4212f',
  '#a01824',
  '#7d1119',
]

/** The dark theme's greys, those of styles/base.css. */
const dark: MantineColorsTuple = [
  '#e6eaef',
  '#c9d1d9',
  '#a3adb9',
  '#6e7987',
  '#323943',
  '#272d36',
  '#1c2128',
  '#14171c',
  '#101318',
  '#0c0e12',
]

export const theme = createTheme({
  colors: { accent, red, dark },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 3 },
  // Dark letters on the dark theme's bright buttons: `autoContrast` judges by the light one alone.
  variantColorResolver: input => {
    const colors = defaultVariantColorsResolver(input)
    return input.variant === 'filled' ? { ...colors, color: 'var(--on-accent)' } : colors
  },
  fontFamily: '"Noto Sans", system-ui, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, "DejaVu Sans Mono", "Liberation Mono", monospace',
  fontSizes: { xs: '12px', sm: '14px', md: '14px', lg: '16px', xl: '20px' },
  defaultRadius: 6,
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Their header is none of the page's.
    Modal: { defaultProps: { transitionProps: { duration: 120 }, attributes: { header: { role: 'presentation' } } } },
    Drawer: { defaultProps: { transitionProps: { duration: 120 }, attributes: { header: { role: 'presentation' } } } },
    Menu: { defaultProps: { transitionProps: { duration: 80 }, shadow: 'md' } },
    Tooltip: { defaultProps: { withArrow: true } },
  },
})
