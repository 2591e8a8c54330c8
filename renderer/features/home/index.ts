/** The first screen: the demo, a new project, projects that were open before. */
export { default as HomeScreen } from './HomeScreen.vue'
export { openOther } from './openOther.ts'
