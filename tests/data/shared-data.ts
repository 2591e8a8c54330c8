/** The folder of real scans, which is not part of the repository: ../shared/data, or where HANDFUL_DATA points. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const dataFolder = resolve(process.env.HANDFUL_DATA ?? '../shared/data')

/** Whether a part of the data is there; says so once where it is not, since a skipped test must not look like a passed one. */
export function hasData(part: string): boolean {
  const there = existsSync(join(dataFolder, part))
  if (!there) console.warn(`skipped: no real data at ${join(dataFolder, part)} (set HANDFUL_DATA)`)
  return there
}

/** All files below a folder, sorted, as full paths. */
export function filesBelow(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort()
}

/** Unpacks a .tar.xz into a new temporary folder; undefined (and a message) where tar or xz is not installed. */
export function unpack(archive: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'handful-data-'))
  try {
    execFileSync('tar', ['-xJf', archive, '-C', folder], { stdio: 'pipe' })
    return folder
  } catch (error) {
    console.warn(`skipped ${archive}: ${String((error as Error).message).split('\n')[0]}`)
    return undefined
  }
}
