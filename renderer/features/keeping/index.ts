export { default as ProjectFilesDialog } from './ProjectFilesDialog.vue'
export { default as CaseActions } from './CaseActions.vue'
export { tellMissing } from './missing.ts'
