/** The screen of an open project: top bar, worklist, and either the scan or the training. */
export { default as ProjectScreen } from './ProjectScreen.vue'
