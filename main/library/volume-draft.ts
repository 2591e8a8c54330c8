/** The file of a volume that is written while the volume is still being read, before anyone knows whether it will be kept. */
import { closeSync, fdatasync, fsync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { temporaryName } from './files.ts'
import { cacheFolder, volumeFile } from './layout.ts'

export class VolumeDraft {
  /** Of the open file; all threads of the process may write to it (`writeAt`). */
  readonly handle: number
  /** Whether all of the volume has been written. */
  isWhole = false
  private readonly folder: string
  private readonly path: string
  private syncing: Promise<void> | undefined
  private isOpen = true

  constructor(folder: string) {
    this.folder = folder
    mkdirSync(cacheFolder(folder), { recursive: true })
    this.path = temporaryName(volumeFile(folder, 'draft'))
    this.handle = openSync(this.path, 'wx')
  }

  /** Has the disk begin with what was written so far, unless it is at work already. */
  forceSoon(): void {
    this.syncing ??= promisify(fdatasync)(this.handle)
      // A disk that fails does so again below, where it is heard.
      .catch(() => {})
      .finally(() => (this.syncing = undefined))
  }

  /** Forces the file to the disk and makes it the volume of a series. */
  async keep(seriesId: string): Promise<void> {
    await promisify(fsync)(this.handle)
    await this.close()
    renameSync(this.path, volumeFile(this.folder, seriesId))
  }

  /** Removes it, unless it was kept. */
  async discard(): Promise<void> {
    if (!this.isOpen) return
    await this.close()
    rmSync(this.path, { force: true })
  }

  private async close(): Promise<void> {
    this.isOpen = false
    await this.syncing
    closeSync(this.handle)
  }
}

/** Writes bytes at a place of an open file. */
export function writeAt(handle: number, bytes: Uint8Array, position: number): void {
  const most = 1 << 30
  for (let at = 0; at < bytes.length;)
    at += writeSync(handle, bytes, at, Math.min(most, bytes.length - at), position + at)
}
