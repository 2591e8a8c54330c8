/** How a key press is named in the table, and how a key is written for people. */
import { words } from '../../words/index.ts'

/** The name of a key press as the table has it. Shift counts with Ctrl only: without, the character tells. */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>): string {
  const held = event.ctrlKey || event.metaKey
  if (event.altKey && !held) return ''
  return `${held ? 'ctrl+' : ''}${held && event.shiftKey ? 'shift+' : ''}${event.key.toLowerCase()}`
}

const signs: Record<string, string> = {
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  escape: 'Esc',
}
const onMac = typeof navigator !== 'undefined' && /^Mac/.test(navigator.platform)

/** How a key is written: "Ctrl + Shift + Z". */
export function keySign(key: string): string {
  const [, held, last] = /^((?:ctrl\+|shift\+)*)(.+)$/s.exec(key)!
  const names = held.split('+').filter(Boolean)
  const signOf = (name: string) => (name === 'ctrl' ? (onMac ? '⌘' : 'Ctrl') : 'Shift')
  const sign = last === ' ' ? words.keys.space : (signs[last] ?? last[0].toUpperCase() + last.slice(1))
  return [...names.map(signOf), sign].join(' + ')
}
