/** Which project a start of the app is about: `--project DIR`, or the file in a project folder that was opened. */
import { dirname } from 'node:path'
import { app } from 'electron'
import { projectFileExtension } from '../library/layout.ts'

/** The folder; undefined where no project is named. */
export function projectIn(argv: readonly string[]): string | undefined {
  const at = argv.indexOf('--project')
  if (at >= 0) return argv[at + 1]
  const file = argv.slice(1).find((one) => !one.startsWith('-') && one.endsWith(projectFileExtension))
  return file === undefined ? undefined : dirname(file)
}

/** macOS says it by an event, which may come before the app is ready. Call early; hears each folder from then on. */
export function onOpenedFile(open: (folder: string) => void): void {
  app.on('open-file', (event, file) => {
    event.preventDefault()
    if (file.endsWith(projectFileExtension)) open(dirname(file))
  })
}
