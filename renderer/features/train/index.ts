/** The Train button: what will happen, what is happening, what came of it. */
export { default as TrainView } from './TrainView.vue'
