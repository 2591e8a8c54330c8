/** What a person makes of proposals: accept, accept and edit, reject; where the model was unsure; which is next. */
export { hatchedLayer, heat, proposal } from './review.ts'
export { default as ReviewBar } from './ReviewBar.vue'
