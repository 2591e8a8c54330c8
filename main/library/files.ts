/** Writing files so that a power cut or a killed process leaves the old file or the new one, never half of one. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { randomBytes } from 'node:crypto'

/** Writes pieces one after the other to a temporary file beside `file`, forces them to the disk, then renames. */
export function writeFileSafely(file: string, pieces: Iterable<Uint8Array | string>): void {
  const temporary = temporaryName(file)
  try {
    const handle = openSync(temporary, 'wx')
    try {
      for (const piece of pieces) writeAll(handle, typeof piece === 'string' ? Buffer.from(piece) : piece)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncFolder(dirname(file))
}

/** One piece, while the caller goes on computing. What is in it is forced to the disk; its name may be lost by a power cut. */
export async function writeLargeFile(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = temporaryName(file)
  try {
    const handle = await open(temporary, 'wx')
    try {
      const most = 1 << 30
      for (let at = 0; at < bytes.length;)
        at += (await handle.write(bytes, at, Math.min(most, bytes.length - at))).bytesWritten
      await handle.sync()
    } finally {
      await handle.close()
    }
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** Whole or not at all for readers and when the process is killed; after a power cut it may be gone, old, or cut short. */
export function writeFileLightly(file: string, text: string): void {
  const temporary = temporaryName(file)
  try {
    writeFileSync(temporary, text, { flag: 'wx' })
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** A name beside a file; `removeTemporaryFiles` knows it for one of ours. */
export const temporaryName = (file: string) =>
  join(dirname(file), `.${basename(file)}.${randomBytes(4).toString('hex')}.tmp`)

export function writeJson(file: string, value: unknown): void {
  writeFileSafely(file, [JSON.stringify(value, null, 2) + '\n'])
}

/** Removes what interrupted writes left in a folder: only this module's own temporary files. */
export function removeTemporaryFiles(folder: string): void {
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    if (/^\..+\.[0-9a-f]{8}\.tmp$/.test(name)) rmSync(join(folder, name), { force: true })
  }
}

/** One call writes at most 2 GiB, and may write less than asked. */
function writeAll(handle: number, bytes: Uint8Array): void {
  const most = 1 << 30
  for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at, Math.min(most, bytes.length - at))
}

/** Makes a rename last through a power cut. Windows can't open folders, and its renames need no such help. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
