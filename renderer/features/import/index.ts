/** Bringing scans and labels into the project. */
export { default as ImportDialog } from './ImportDialog.vue'
export { default as ImportReportView } from './ImportReportView.vue'
