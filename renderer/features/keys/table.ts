/** Every action that has a key. One table: the handler, the dialog that lists them, and the tools' hints read it. */
import type { Words } from '../../words/index.ts'

export type ActionId = keyof Words['labelling']['keys']
export type KeyGroup = keyof Words['labelling']['keyGroups']

export interface Action {
  group: KeyGroup
  /** As KeyboardEvent.key, lower case, with "ctrl+" and "shift+" where they must be held (see `keyName`). */
  keys: readonly string[]
  /** Belongs to its key for good. */
  fixed?: true
}

const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9']

/** Usual keys; peers share most of them (ITK-SNAP, 3D Slicer, MITK: digits, q/w, s, a/d, space, n/p). */
export const actions: Record<ActionId, Action> = {
  navigate: { group: 'tools', keys: ['v'] },
  brush: { group: 'tools', keys: ['b'] },
  eraser: { group: 'tools', keys: ['e'] },
  freehand: { group: 'tools', keys: ['l'] },
  rectangle: { group: 'tools', keys: ['r'] },
  circle: { group: 'tools', keys: ['o'] },
  scissors: { group: 'tools', keys: ['t'] },
  grow: { group: 'tools', keys: ['g'] },
  swap: { group: 'tools', keys: [' '] },
  smaller: { group: 'tools', keys: ['['] },
  larger: { group: 'tools', keys: [']'] },
  shape: { group: 'tools', keys: ['c'] },
  gate: { group: 'tools', keys: ['i'] },
  label: { group: 'labels', keys: digits, fixed: true },
  previousLabel: { group: 'labels', keys: ['q'] },
  nextLabel: { group: 'labels', keys: ['w'] },
  show: { group: 'labels', keys: ['s'] },
  fainter: { group: 'labels', keys: ['a'] },
  stronger: { group: 'labels', keys: ['d'] },
  undo: { group: 'edit', keys: ['ctrl+z'] },
  redo: { group: 'edit', keys: ['ctrl+shift+z', 'ctrl+y'] },
  save: { group: 'edit', keys: ['ctrl+s'] },
  accept: { group: 'edit', keys: ['enter'], fixed: true },
  cancel: { group: 'edit', keys: ['escape'], fixed: true },
  between: { group: 'edit', keys: ['f'] },
  copy: { group: 'edit', keys: ['x'] },
  mark: { group: 'edit', keys: ['y'] },
  sliceUp: { group: 'view', keys: ['arrowup', 'arrowright'] },
  sliceDown: { group: 'view', keys: ['arrowdown', 'arrowleft'] },
  tenUp: { group: 'view', keys: ['pageup'] },
  tenDown: { group: 'view', keys: ['pagedown'] },
  firstSlice: { group: 'view', keys: ['home'] },
  lastSlice: { group: 'view', keys: ['end'] },
  nextCase: { group: 'view', keys: ['n'] },
  previousCase: { group: 'view', keys: ['p'] },
  maximise: { group: 'view', keys: ['m'] },
  fit: { group: 'view', keys: ['0'] },
  zoomIn: { group: 'view', keys: ['+', '='] },
  zoomOut: { group: 'view', keys: ['-'] },
  crosshair: { group: 'view', keys: ['k'] },
  reviewAccept: { group: 'review', keys: ['ctrl+enter'] },
  reviewEdit: { group: 'review', keys: ['ctrl+shift+enter'] },
  reviewReject: { group: 'review', keys: ['ctrl+backspace'] },
  reviewNext: { group: 'review', keys: ['u'] },
  heat: { group: 'review', keys: ['h'] },
  help: { group: 'view', keys: ['?'] },
}

export const actionIds = Object.keys(actions) as ActionId[]
