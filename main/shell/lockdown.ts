/** What no page may do, ours included: leave, open windows, embed, ask for devices, load or send anything elsewhere. */
import { app, type Session, type WebContents } from 'electron'
import { isOurs } from './origin.ts'

/** Holds for every window and frame that will ever be made. Call before the first one. */
export function lockContents(): void {
  app.on('web-contents-created', (_, contents) => lock(contents))
}

function lock(contents: WebContents): void {
  const stay = (event: { preventDefault(): void; url: string }) => {
    if (!isOurs(event.url)) event.preventDefault()
  }
  contents.on('will-navigate', stay)
  contents.on('will-frame-navigate', stay)
  contents.on('will-redirect', stay)
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
}

/** Needed by the developer tools, which are off in the packaged app. */
const harmless = /^(app|devtools|blob|data|chrome-extension):/

export function lockSession(session: Session): void {
  session.setPermissionRequestHandler((_, __, decide) => decide(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  session.on('will-download', (event) => event.preventDefault())
  session.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: !harmless.test(url) }))
}
