/** A run's folder on disk. Files are replaced whole or not at all: temporary file, flushed to disk, renamed. */
import { appendFile, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RunFolder } from '../training/host.ts'

export function runFolder(path: string): RunFolder {
  return {
    async read(name) {
      try {
        return await readFile(join(path, name))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
    write: (name, content) => replaceFile(join(path, name), content),
    append: (name, text) => appendFile(join(path, name), text),
    inside: (name) => runFolder(join(path, name)),
  }
}

/** Writes a file so that, whenever the process dies, either the old or the new content is there. */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.part`
  const file = await open(temporary, 'w')
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}
