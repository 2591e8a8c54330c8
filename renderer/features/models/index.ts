/** The models of a project. */
export { default as ModelsView } from './ModelsView.vue'
