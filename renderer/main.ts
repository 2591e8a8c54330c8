/** The page's entry: mounts the app, then connects to the program behind it. */
import { createApp } from 'vue'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import App from './App.vue'
import { startSession } from './state/session.ts'

createApp(App).mount('#app')
void startSession()
