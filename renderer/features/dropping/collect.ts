/** What was dropped on the window: where it lies, or, in a browser, the files themselves. */
import type { Bridge } from '../../../shared/api/bridge.ts'

export interface DroppedFile {
  /** From what was dropped downwards, with "/". */
  path: string
  file: File
}

export interface Drop {
  /** Of the first thing that was dropped: a good name for a project. */
  name: string
  /** Where it all lies, where the window can tell. */
  paths: string[] | null
  files: DroppedFile[]
}

/** null when nothing of it is a file or folder. The event's data is only good until the first wait: read at once. */
export async function collect(data: DataTransfer): Promise<Drop | null> {
  const bridge = (globalThis as { handful?: Bridge }).handful
  const items = [...data.items].filter((item) => item.kind === 'file')
  const things = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }))
  const name = (things[0]?.entry?.name ?? things[0]?.file?.name ?? '').replace(/\.(nii|nii\.gz|dcm|zip|gz)$/i, '')
  if (bridge) {
    const paths = things.flatMap(({ file }) => (file ? [bridge.pathOf(file)] : [])).filter(Boolean)
    return paths.length ? { name, paths, files: [] } : null
  }
  const files: DroppedFile[] = []
  for (const { entry, file } of things) {
    if (entry) await walk(entry, '', files)
    else if (file) files.push({ path: file.name, file })
  }
  return files.length ? { name, paths: null, files } : null
}

async function walk(entry: FileSystemEntry, above: string, files: DroppedFile[]): Promise<void> {
  if (entry.name.startsWith('.')) return
  const path = above + entry.name
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    files.push({ path, file })
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    // A hundred at a time, until none is left.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (!some.length) return
    for (const one of some) await walk(one, `${path}/`, files)
  }
}
