/** Bringing scans and labels into the project. */
export { default as ImportDialog } from './ImportDialog.vue'
