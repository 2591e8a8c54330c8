/** Files and folders dropped on the window: where they land, and how far their import is. */
export { default as DropZone } from './DropZone.vue'
export { default as ImportBanner } from './ImportBanner.vue'
export { waiting as waitingDrop } from './importing.ts'
