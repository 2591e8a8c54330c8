/** Electron's entry: out/main/index.js. */
import { app, dialog } from 'electron'
import { runShell } from './shell.ts'

runShell().catch((error: unknown) => {
  dialog.showErrorBox('Handful could not start', error instanceof Error ? error.message : String(error))
  app.exit(1)
})
