/** The page's entry: mounts the app, then connects to the program behind it. */
import { createApp } from 'vue'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import App from './App.vue'
import { startMenu } from './features/menu/index.ts'
import { tell } from './state/notices.ts'
import { startSession } from './state/session.ts'
import { words } from './words/index.ts'

const app = createApp(App)
/** A mistake of ours: told in words, with a report that can be copied. */
function tellMistake(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  console.error(error)
  tell(words.common.unexpected(message), 'bad', stack)
}
app.config.errorHandler = tellMistake
addEventListener('error', ({ error, message }) => {
  // Browsers say so when a pane's size changes twice in a frame: no mistake.
  if (!message.startsWith('ResizeObserver loop')) tellMistake(error ?? message)
})
addEventListener('unhandledrejection', ({ reason }) => tellMistake(reason))
app.mount('#app')
void startSession().then(startMenu)
