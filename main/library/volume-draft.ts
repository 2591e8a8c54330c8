/** The file of a volume that is written while the volume is still being read, before anyone knows whether it will be kept. */
import { closeSync, constants, fdatasync, fsync, ftruncateSync, mkdirSync, openSync, renameSync, rmSync, write } from 'node:fs' // prettier-ignore
import { promisify } from 'node:util'
import { temporaryName } from './files.ts'
import { cacheFolder, volumeFile } from './layout.ts'

/** What is written at a time; of memory and file alike, a multiple of what a disk reads and writes at once. */
const piece = 2 ** 20
const block = 2 ** 12

/** Past the system's file cache: neither copied nor pushing other files out of it. Linux only, and not on all its disks. */
const direct = (constants as { O_DIRECT?: number }).O_DIRECT
let isDirectRefused = false

export class VolumeDraft {
  private readonly folder: string
  private readonly path: string
  private handle: number | undefined
  private isDirect = false
  private bytes: Uint8Array = new Uint8Array()
  /** Bytes of each piece that are not final yet. */
  private missing: number[] = []
  private hasFailed = false
  private readonly writing = new Set<Promise<void>>()
  private syncing: Promise<void> | undefined

  constructor(folder: string) {
    this.folder = folder
    this.path = temporaryName(volumeFile(folder, 'draft'))
  }

  /**
   * The samples that will be in the file, none of them final; replaces those that were said before. `isAligned`: whether
   * they begin at the start of a page of memory, and the memory goes on to the end of their last one.
   */
  async begin(samples: ArrayBufferView<SharedArrayBuffer>, isAligned: boolean): Promise<void> {
    await this.settle()
    this.bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
    this.missing = Array.from({ length: Math.ceil(this.bytes.length / piece) }, (_, n) =>
      Math.min(piece, this.bytes.length - n * piece),
    )
    if (this.handle !== undefined) {
      if (this.isDirect && !isAligned) this.hasFailed = true
      return
    }
    mkdirSync(cacheFolder(this.folder), { recursive: true })
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
    if (isAligned && direct !== undefined && !isDirectRefused) {
      try {
        this.handle = openSync(this.path, flags | direct)
        this.isDirect = true
        return
      } catch {
        isDirectRefused = true
        rmSync(this.path, { force: true })
      }
    }
    this.handle = openSync(this.path, flags)
  }

  /** Says that bytes `from` to `to` of the samples are final; each is said once. */
  add(from: number, to: number): void {
    for (let n = Math.floor(from / piece); n * piece < to; n++) {
      this.missing[n] -= Math.min(to, (n + 1) * piece) - Math.max(from, n * piece)
      if (this.missing[n] === 0) this.writePiece(n)
    }
  }

  /** Forces the file to the disk and makes it the volume of a series. False where it is not whole: nothing was kept then. */
  async keep(seriesId: string): Promise<boolean> {
    await this.settle()
    if (this.handle === undefined || this.hasFailed || this.missing.some((bytes) => bytes > 0)) return false
    // What was written past the end, or before the samples were said anew.
    ftruncateSync(this.handle, this.bytes.length)
    await promisify(fsync)(this.handle)
    this.close()
    renameSync(this.path, volumeFile(this.folder, seriesId))
    return true
  }

  /** Removes it, unless it was kept. After this nothing reads the samples any more. */
  async discard(): Promise<void> {
    await this.settle()
    if (this.handle === undefined) return
    this.close()
    rmSync(this.path, { force: true })
  }

  private writePiece(n: number): void {
    if (this.hasFailed) return
    const from = n * piece
    const length = Math.min(piece, this.bytes.length - from)
    const padded = this.isDirect ? Math.ceil(length / block) * block : length
    const bytes = new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + from, padded)
    const done = writeAll(this.handle!, bytes, from)
      // The whole volume is written anew then, where a full disk is heard.
      .catch((error) => {
        this.hasFailed = true
        if (this.isDirect && (error as NodeJS.ErrnoException).code === 'EINVAL') isDirectRefused = true
      })
      .finally(() => {
        this.writing.delete(done)
        if (!this.isDirect) this.forceSoon()
      })
    this.writing.add(done)
  }

  /** Has the disk begin with what was written so far, unless it is at work already. */
  private forceSoon(): void {
    this.syncing ??= promisify(fdatasync)(this.handle!)
      // A disk that fails does so again when the file is kept, where it is heard.
      .catch(() => {})
      .finally(() => (this.syncing = undefined))
  }

  private async settle(): Promise<void> {
    await Promise.all(this.writing)
    await this.syncing
  }

  private close(): void {
    closeSync(this.handle!)
    this.handle = undefined
  }
}

/** One call may write less than asked. */
async function writeAll(handle: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;)
    at += (await promisify(write)(handle, bytes, at, bytes.length - at, position + at)).bytesWritten
}
