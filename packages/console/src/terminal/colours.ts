/** The sixteen colours of terminals on the console's own paper. What is too faint there, xterm darkens or brightens. */
import type { ITheme } from '@xterm/xterm'

/** Of text, as WCAG wants it. */
export const LEAST_CONTRAST = 4.5

/** Paper, text and accent are those of styles/base.css. */
export const colours: Readonly<Record<'light' | 'dark', ITheme>> = {
  light: {
    background: '#ffffff',
    foreground: '#1c2128',
    cursor: '#0a5fb8',
    cursorAccent: '#ffffff',
    selectionBackground: '#cfe3f8',
    selectionInactiveBackground: '#dfe3e8',
    black: '#1c2128',
    red: '#c4212f',
    green: '#1a7f37',
    yellow: '#7d5600',
    blue: '#0a5fb8',
    magenta: '#8250df',
    cyan: '#1b6a75',
    white: '#57606a',
    brightBlack: '#57606a',
    brightRed: '#a40e26',
    brightGreen: '#116329',
    brightYellow: '#633c01',
    brightBlue: '#063b74',
    brightMagenta: '#6639ba',
    brightCyan: '#0f4d57',
    brightWhite: '#1c2128',
  },
  dark: {
    background: '#14171c',
    foreground: '#e6eaef',
    cursor: '#7ab7f5',
    cursorAccent: '#14171c',
    selectionBackground: '#1d3a5c',
    selectionInactiveBackground: '#323943',
    black: '#6e7987',
    red: '#ff8a82',
    green: '#57c278',
    yellow: '#e0b040',
    blue: '#7ab7f5',
    magenta: '#d2a8ff',
    cyan: '#56d4dd',
    white: '#e6eaef',
    brightBlack: '#a3adb9',
    brightRed: '#ffb1ab',
    brightGreen: '#7ee2a0',
    brightYellow: '#f2cc60',
    brightBlue: '#a5cdf6',
    brightMagenta: '#e2c5ff',
    brightCyan: '#8be9f0',
    brightWhite: '#ffffff',
  },
}
