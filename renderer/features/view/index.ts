export { default as CaseView } from './CaseView.vue'
