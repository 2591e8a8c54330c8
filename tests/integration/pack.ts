/**
 * What electron-builder puts into the app for a platform, by its own packing, with an Electron that is an empty folder. For
 * Windows and macOS it goes as far as changing that Electron's program, when all files of ours are in their places.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve, sep } from 'node:path'
import type { Configuration } from 'electron-builder'

export type System = 'linux' | 'windows' | 'mac'

export interface Packed {
  /** Path in the app → bytes, and whether it lies beside the archive, where native code can be loaded. */
  files: Map<string, { bytes: number; unpacked: boolean }>
  /** Files beside the app: the demo scans. Complete for Linux only. */
  extra: string[]
  /** Of all this on the disk. */
  bytes: number
  /** Contents of a file in the archive. */
  read(path: string): string
}

const require = createRequire(import.meta.url)

/** Packs into a folder of `target`. */
export async function pack(system: System, arch: 'x64' | 'arm64', target: string): Promise<Packed> {
  const { build, Arch, Platform } = require('electron-builder') as typeof import('electron-builder')
  const { getConfig } = require('app-builder-lib/out/util/config/config.js')
  const config = (await getConfig(resolve('.'), 'electron-builder.yml', null)) as Configuration
  const electronDist = join(target, `electron-${system}`)
  mkdirSync(join(electronDist, 'resources'), { recursive: true })
  writeFileSync(join(electronDist, 'version'), `v${config.electronVersion}`)
  for (const name of ['electron', 'electron.exe', 'LICENSE', 'LICENSES.chromium.html'])
    writeFileSync(join(electronDist, name), '', { mode: 0o755 })
  const output = join(target, `out-${system}-${arch}`)
  // electron-builder.yml is read by itself.
  const change: Configuration = { electronDist, electronFuses: null, directories: { output } }
  try {
    const platform = { linux: Platform.LINUX, windows: Platform.WINDOWS, mac: Platform.MAC }[system]
    const targets = platform.createTarget('dir', Arch[arch])
    await build({ targets, publish: 'never', config: change })
  } catch (error) {
    // The empty Electron has no program whose icon or name could be changed.
    if (system === 'linux') throw error
  }
  return list(output)
}

function list(output: string): Packed {
  const all = readdirSync(output, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const archive = all.find((path) => path.endsWith(`${sep}app.asar`))
  if (!archive) throw new Error(`Nothing was packed in ${output}.`)
  const resources = archive.slice(0, -'app.asar'.length)
  const inside = all.filter((path) => path.startsWith(resources))
  const { getRawHeader, extractFile } = require('@electron/asar') as {
    getRawHeader(archive: string): { header: Folder }
    extractFile(archive: string, path: string): Buffer
  }
  const files: Packed['files'] = new Map()
  walk(getRawHeader(archive).header, '', files)
  return {
    files,
    extra: inside.map((path) => path.slice(resources.length)).filter((path) => !path.startsWith('app.asar')),
    bytes: inside.reduce((sum, path) => sum + statSync(path).size, 0),
    read: (path) =>
      files.get(path)?.unpacked
        ? readFileSync(join(`${archive}.unpacked`, path), 'utf8')
        : extractFile(archive, path).toString('utf8'),
  }
}

interface Folder {
  files: Record<string, Folder | { size: number; unpacked?: boolean; files?: undefined }>
}

function walk({ files }: Folder, prefix: string, found: Packed['files']): void {
  for (const [name, entry] of Object.entries(files))
    if (entry.files) walk(entry as Folder, `${prefix}${name}/`, found)
    else found.set(prefix + name, { bytes: entry.size, unpacked: entry.unpacked ?? false })
}
