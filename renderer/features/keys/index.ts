/** The keyboard: one table of actions and keys, how to change them, and the dialog that lists them. */
export { default as KeysDialog } from './KeysDialog.vue'
export { actionOf, keyHint, keysOf } from './bindings.ts'
export { keyName } from './names.ts'
export type { ActionId } from './table.ts'
