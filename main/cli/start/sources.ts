/** Whether the build is that of the present sources. The build itself leaves the mark (electron.vite.config.ts). */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const parts = ['main', 'preload', 'renderer', 'shared', 'electron.vite.config.ts', 'package-lock.json']
const mark = 'out/sources.sha256'
const results = ['out/main/index.js', 'out/preload/index.cjs', 'out/renderer/index.html']

/** Hash of all that the build is made from: paths and contents, tests left out. `root` is the project's folder. */
export function hashSources(root: string): string {
  const hash = createHash('sha256')
  for (const file of parts.flatMap((part) => filesIn(root, part)).sort()) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

export function markBuilt(root: string, hash: string): void {
  mkdirSync(dirname(join(root, mark)), { recursive: true })
  writeFileSync(join(root, mark), hash)
}

/** "missing": never built, or not to its end. "old": built from other sources. */
export function buildState(root: string): 'fresh' | 'old' | 'missing' {
  if (!results.every((file) => existsSync(join(root, file))) || !existsSync(join(root, mark))) return 'missing'
  return readFileSync(join(root, mark), 'utf8') === hashSources(root) ? 'fresh' : 'old'
}

function filesIn(root: string, part: string): string[] {
  if (!existsSync(join(root, part))) return []
  if (/\.\w+$/.test(part)) return [part]
  return readdirSync(join(root, part), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
}
