/** How labels and proposals are shown over the scan, and how large they are. */
export { default as LabelsPanel } from './LabelsPanel.vue'
