/**
 * Zip archives (PKWARE's APPNOTE 6.3), unpacked into a folder of the project. What an archive claims is checked before
 * anything is written: number and sizes of its files, room on the disk, and that no name leads out of the folder.
 */
import { createHash } from 'node:crypto'
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, statfsSync, writeSync } from 'node:fs' // prettier-ignore
import { dirname, join } from 'node:path'
import { crc32, createInflateRaw } from 'node:zlib'
import { explainFileError } from '../../library/index.ts'
import { safeName } from './names.ts'

export type Unpacked =
  { ok: true; folder: string; skipped: { name: string; reason: string }[] } | { ok: false; reason: string }

type Entry = { name: string; flags: number; method: number; crc: number; packed: number; size: number; offset: number }

const mostEntries = 200_000
const mostDirectoryBytes = 64 * 2 ** 20
/** Left free on the disk, bytes. */
const spare = 2 ** 29

/**
 * Unpacks an archive below `into`, in a folder named after it and its contents' list; does nothing where that is there
 * already. Never throws on bad bytes. `goOn` is asked before each file.
 */
export async function unpackZip(path: string, into: string, stem: string, goOn: () => boolean): Promise<Unpacked> {
  let handle: number
  try {
    handle = openSync(path, 'r')
  } catch (error) {
    return { ok: false, reason: `The file could not be read: ${explainFileError(error)}` }
  }
  try {
    const listed = entriesOf(handle)
    if (typeof listed === 'string') return { ok: false, reason: listed }
    const { entries, hash } = listed
    const folder = join(into, `${safeName(stem)}-${hash.slice(0, 12)}`)
    const skipped: { name: string; reason: string }[] = []
    if (existsSync(folder)) return { ok: true, folder, skipped }
    const problem = tooMuch(entries, into)
    if (problem) return { ok: false, reason: problem }
    // Whole or not at all: what a killed process leaves behind is begun anew.
    const temporary = `${folder}.part`
    rmSync(temporary, { recursive: true, force: true })
    for (const entry of entries) {
      if (!goOn()) break
      const parts = entry.name.split(/[/\\]/).filter((part) => part !== '' && part !== '.')
      if (entry.name.endsWith('/') || parts.length === 0 || parts.some(isSystemName)) continue
      const reason = await unpackEntry(handle, entry, parts, temporary)
      if (reason) skipped.push({ name: parts.join('/'), reason })
    }
    mkdirSync(temporary, { recursive: true })
    if (goOn()) renameSync(temporary, folder)
    else rmSync(temporary, { recursive: true, force: true })
    return { ok: true, folder, skipped }
  } catch (error) {
    return { ok: false, reason: `The archive could not be unpacked: ${explainFileError(error)}` }
  } finally {
    closeSync(handle)
  }
}

function tooMuch(entries: readonly Entry[], into: string): string | undefined {
  const total = entries.reduce((sum, { size }) => sum + size, 0)
  mkdirSync(into, { recursive: true })
  const disk = statfsSync(into)
  const free = disk.bavail * disk.bsize
  if (total + spare > free)
    return `Unpacked it needs ${gigabytes(total)}, and ${gigabytes(free)} are free on the project’s disk. Free some space, or unpack it elsewhere and import the folder.`
  return undefined
}

const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`
const isSystemName = (name: string) => name === '__MACOSX' || name === '.DS_Store' || name.startsWith('._')

/** One file of the archive to its place; returns why it was left out. */
async function unpackEntry(handle: number, entry: Entry, parts: string[], folder: string): Promise<string | undefined> {
  if (/^([/\\]|[A-Za-z]:)/.test(entry.name) || parts.some((part) => part === '..' || part.includes('\0')))
    return 'Its name leads out of the archive’s folder; it was left out.'
  if (entry.flags & 1) return 'It is encrypted; unpack the archive with its password and import the folder.'
  if (entry.method !== 0 && entry.method !== 8)
    return 'It is packed in a way that is not read; unpack the archive and import the folder.'
  // Deflate cannot pack better than 1032 : 1.
  if (entry.size > entry.packed * 1032 + 1024) return 'It claims a size that it cannot have; the archive is damaged.'
  const head = read(handle, entry.offset, 30)
  if (head.length < 30 || head.readUInt32LE(0) !== 0x04034b50) return damaged
  const start = entry.offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28)
  const target = join(folder, ...parts.map((part) => part.replace(/[<>:"|?*]/g, '_')))
  try {
    mkdirSync(dirname(target), { recursive: true })
    const out = openSync(target, 'wx')
    let written = 0
    let crc = 0
    try {
      for await (const piece of inflated(handle, start, entry)) {
        written += piece.length
        if (written > entry.size) break
        crc = crc32(piece, crc)
        for (let at = 0; at < piece.length;) at += writeSync(out, piece, at)
      }
    } finally {
      closeSync(out)
    }
    if (written === entry.size && crc === entry.crc) return undefined
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (code === 'EEXIST') return 'The archive holds two files of this name; the first was read.'
    if (!code.startsWith('Z_')) throw error
  }
  rmSync(target, { force: true })
  return damaged
}

const damaged = 'It is damaged in the archive; copy the archive again from its source.'

async function* inflated(handle: number, start: number, { packed, method }: Entry): AsyncGenerator<Buffer> {
  if (method === 0) return yield* pieces(handle, start, packed)
  const inflate = createInflateRaw({ chunkSize: 1 << 18 })
  const feed = async () => {
    for (const piece of pieces(handle, start, packed))
      if (!inflate.write(piece)) await new Promise((resume) => inflate.once('drain', resume))
    inflate.end()
  }
  // What goes wrong here shows at the reading end; after that nobody listens.
  feed().catch(() => {})
  yield* inflate as AsyncIterable<Buffer>
}

function* pieces(handle: number, start: number, length: number): Generator<Buffer> {
  const size = 1 << 20
  for (let at = 0; at < length; at += size) yield read(handle, start + at, Math.min(size, length - at))
}

function read(handle: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(handle, bytes, 0, length, at))
}

/** The central directory (4.3.12), with the zip64 records where there are any (4.3.14, 4.5.3). */
function entriesOf(handle: number): { entries: Entry[]; hash: string } | string {
  const { size } = fstatSync(handle)
  const tail = read(handle, Math.max(0, size - 65_557), Math.min(size, 65_557))
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  const broken = 'The zip archive is damaged or cut short; copy it again from its source.'
  if (end < 0 || end + 22 > tail.length) return broken
  let count = tail.readUInt16LE(end + 10)
  let length = tail.readUInt32LE(end + 12)
  let offset = tail.readUInt32LE(end + 16)
  if (count === 0xffff || length === 0xffffffff || offset === 0xffffffff) {
    const locator = end - 20
    if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50) return broken
    const record = read(handle, Number(tail.readBigUInt64LE(locator + 8)), 56)
    if (record.length < 56 || record.readUInt32LE(0) !== 0x06064b50) return broken
    count = Number(record.readBigUInt64LE(32))
    length = Number(record.readBigUInt64LE(40))
    offset = Number(record.readBigUInt64LE(48))
  }
  if (count > mostEntries || length > mostDirectoryBytes)
    return `The zip archive holds ${count} files, more than are read.`
  if (offset + length > size) return broken
  const directory = read(handle, offset, length)
  const entries: Entry[] = []
  for (let at = 0; entries.length < count;) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) return broken
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((n) => directory.readUInt16LE(at + n))
    const bytes = directory.subarray(at + 46, at + 46 + nameLength)
    const flags = directory.readUInt16LE(at + 8)
    const entry: Entry = {
      name: bytes.toString(flags & 0x800 ? 'utf8' : 'latin1'),
      flags,
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      packed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
    }
    widen(entry, directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength))
    if (entry.offset + entry.packed > size) return broken
    entries.push(entry)
    at += 46 + nameLength + extraLength + commentLength
  }
  // Files that share bytes make an archive that unpacks to far more than it could hold (Fifield 2019).
  if (entries.reduce((sum, { packed }) => sum + packed, 0) > size)
    return 'The files of the zip archive overlap; it is damaged or made to fill the disk.'
  return { entries, hash: createHash('sha256').update(directory).digest('hex') }
}

/** 64-bit sizes and offset from the extra field, for those that are all ones (4.5.3). */
function widen(entry: Entry, extra: Buffer): void {
  for (let at = 0; at + 4 <= extra.length;) {
    const [id, length] = [extra.readUInt16LE(at), extra.readUInt16LE(at + 2)]
    let value = at + 4
    if (id === 1)
      for (const field of ['size', 'packed', 'offset'] as const)
        if (entry[field] === 0xffffffff && value + 8 <= Math.min(extra.length, at + 4 + length)) {
          entry[field] = Number(extra.readBigUInt64LE(value))
          value += 8
        }
    at += 4 + length
  }
}
