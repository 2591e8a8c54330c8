/** The worklist. */
export { default as CaseList } from './CaseList.vue'
