import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildState } from './sources.ts'

/** Builds the app when that is needed, saying so. Throws a sentence with the build's own words when it fails. */
export function ensureBuilt(root: string, say: (line: string) => void): void {
  const state = buildState(root)
  if (state === 'fresh') return
  say(`Building the app (${state === 'old' ? 'its sources have changed' : 'once'}, about 20 seconds) …`)
  const builder = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  const build = spawnSync(process.execPath, [builder, 'build'], { cwd: root, encoding: 'utf8' })
  if (build.status === 0) return
  const words = build.error?.message ?? `${build.stdout}\n${build.stderr}`
  throw new Error(`The app could not be built. Was “npm ci” run to its end?\n${words.trim()}`)
}
