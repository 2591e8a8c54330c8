/** Files that a run keeps what does not fit in memory in. They have no name once they are open, so none outlives its process. */
import { closeSync, readSync, rmSync, writeSync, openSync } from 'node:fs'
import { TrainingError, type StoredFile } from '../training/host.ts'

/** Most bytes that one call may write on every system. */
const mostAtOnce = 2 ** 30

/** Writes the parts, one after the other. Throws a TrainingError where the disk is full. */
export async function storeFile(path: string, parts: readonly Uint8Array[]): Promise<StoredFile> {
  const file = openSync(path, 'w+')
  const forget = () => {
    closeSync(file)
    rmSync(path, { force: true })
  }
  try {
    for (const part of parts) {
      for (let done = 0; done < part.length;) {
        done += writeSync(file, part, done, Math.min(mostAtOnce, part.length - done))
        await new Promise((resume) => setImmediate(resume))
      }
    }
  } catch (error) {
    forget()
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    throw new TrainingError(
      'The disk is full: scans that do not fit in memory are kept there while it learns. Free some space, or use fewer scans.',
    )
  }
  // Where the system lets an open file lose its name, a killed process leaves nothing behind.
  try {
    rmSync(path)
  } catch {
    // It goes when it is closed.
  }
  return {
    read: readerOf(file),
    descriptor: file,
    close: forget,
  }
}

/** Reads an open file, in any thread of the process that opened it. */
export const readerOf =
  (descriptor: number): StoredFile['read'] =>
  (from, into) => {
    for (let done = 0; done < into.length;) {
      const read = readSync(descriptor, into, done, into.length - done, from + done)
      if (read === 0) throw new Error('a stored scan ends early')
      done += read
    }
  }
