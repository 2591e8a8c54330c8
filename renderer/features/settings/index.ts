/** Language, theme and keys: a button that opens them, and the place where their dialogs stand. */
export { openDialog } from './open.ts'
export { default as SettingsButton } from './SettingsButton.vue'
export { default as SettingsHost } from './SettingsHost.vue'
