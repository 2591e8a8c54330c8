export { default as TrainView } from './TrainView.vue'
