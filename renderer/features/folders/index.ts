/** Choosing a folder: the system's dialog where there is one, else one in the page. */
export { default as FolderDialogHost } from './FolderDialogHost.vue'
export { chooseFolder } from './choose.ts'
export { default as FolderField } from './FolderField.vue'
