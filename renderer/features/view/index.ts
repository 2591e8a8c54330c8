/** A scan in three planes. */
export { default as CaseView } from './CaseView.vue'
