/** Writing label maps for other programs. */
export { default as ExportDialog } from './ExportDialog.vue'
