/** One import: find the files, read every scan, then the label maps. One bad file never stops the rest. */
import { statSync } from 'node:fs'
import { basename } from 'node:path'
import type { DicomIds, SourceFile, VolumeDraft } from '../../library/index.ts'
import { layout, newId, writeCache } from '../../library/index.ts'
import { groupChannels, missingChannels, readNiftiChannels, type ChannelWish } from './channels.ts'
import { Ahead } from './ahead.ts'
import { labelMapsAmong, labelsOfGroups, without } from './beside.ts'
import { importDicomLabels } from './dicom-labels.ts'
import { importDicom } from './dicom.ts'
import { importLabels } from './labels.ts'
import type { ImportRequest, ImporterMessage, KnownSeries } from './messages.ts'
import { safeName, stemOf } from './names.ts'
import { niftiModality } from './modality.ts'
import { otherHalf, readNiftiScan, type ReadScan } from './read.ts'
import { recognise, type DicomFile } from './recognise.ts'
import { scansOfFile } from './fourth.ts'
import { startThreads } from './threads.ts'
import { shortName, walk, type FoundFile } from './walk.ts'
import { unpackZip } from './zip.ts'

/** What an import has to hand: where messages go, whether to stop, and the scans known so far. */
export type ImportContext = {
  request: ImportRequest
  send(message: ImporterMessage): void
  isCancelled(): boolean
  /** By content hash. */
  known: Map<string, KnownSeries>
  /** Scans met in this import (new, or known before), for pairing with label maps. */
  met: Map<string, { series: KnownSeries; relative: string | null }>
  /** DICOM instance UIDs of the scans met in this import, by series id. */
  instances: Map<string, Set<string>>
  /** Names of the project's labels by value; grows with what is found. */
  labelNames: Map<number, string>
  /** Hashes of files that were made while headers were read. */
  ahead: Ahead
}

/** Bytes of files from which on several threads are quicker by more than it takes to start them. */
const worthThreads = 2 ** 25

export async function runImport(
  request: ImportRequest,
  send: (message: ImporterMessage) => void,
  isCancelled: () => boolean,
): Promise<void> {
  const known = new Map(request.known.map((series) => [series.contentSha256, series]))
  const labelNames = new Map(request.labels.map(({ value, name }) => [value, name]))

  send({ type: 'progress', stage: 'Looking for files', done: 0, total: 0 })
  const { paths, labelFolder } = request
  const beside = labelFolder === null ? undefined : labelMapsAmong(paths, labelFolder, request.channels?.names)
  const found = walk(paths, beside ? null : labelFolder)
  const { unreadable } = found
  const besides = companions(beside ?? [])
  const ofLabels = found.files.filter(({ path }) => besides.has(path))
  const files = beside ? without(found.files, [...beside, ...ofLabels]) : found.files
  if (files.reduce((sum, { size }) => sum + size, 0) > worthThreads) void startThreads()
  const ahead = new Ahead(files)
  const context: ImportContext = {
    request,
    send,
    isCancelled,
    known,
    met: new Map(),
    instances: new Map(),
    labelNames,
    ahead,
  }
  for (const { path, reason } of unreadable) refuseFile(context, basename(path), reason)

  const dicomFiles = await readScans(context, files).finally(() => ahead.stop())
  const dicomLabels = dicomFiles.length > 0 && !isCancelled() ? await importDicom(context, dicomFiles) : []
  if (dicomLabels.length > 0 && !isCancelled()) await importDicomLabels(context, dicomLabels)
  if (labelFolder !== null && !isCancelled())
    await importLabels(context, beside ? { files: beside, unreadable: [] } : walk([labelFolder]), beside !== undefined)
  send({ type: 'done', cancelled: isCancelled(), files: files.length })
}

/** Imports what is no DICOM; returns what is. `files` grows by what is in archives. */
async function readScans(context: ImportContext, files: FoundFile[]): Promise<DicomFile[]> {
  const { request, send, isCancelled, ahead } = context
  const dicomFiles: DicomFile[] = []
  const niftiFiles: FoundFile[] = []
  const taken = companions(files)
  let done = 0
  // Archives add their files at the end; archives within them are not entered.
  for (const file of files) {
    if (isCancelled()) break
    send({ type: 'progress', stage: 'Reading scans', done: done++, total: files.length })
    if (taken.has(file.path)) continue
    const kind = await recognise(file)
    if (kind.kind === 'zip' && !file.path.startsWith(layout.unpackedFolder(request.folder))) {
      const inside = await openZip(context, file)
      files.push(...inside)
      companions(inside).forEach((path) => taken.add(path))
    } else if ('reason' in kind) refuseFile(context, shortName(file), kind.reason)
    else if (kind.kind === 'dicom') {
      dicomFiles.push({ file, read: kind.read })
      ahead.pass(file, kind.read.ok && kind.read.header.unread === undefined)
    } else if (request.channels) niftiFiles.push(file)
    else await importNifti(context, file)
  }
  if (request.channels) await importNiftiChannels(context, niftiFiles, request.channels)
  send({ type: 'progress', stage: 'Reading scans', done, total: files.length })
  return dicomFiles
}

async function openZip(context: ImportContext, file: FoundFile): Promise<FoundFile[]> {
  const { request, isCancelled } = context
  const into = layout.unpackedFolder(request.folder)
  context.send({ type: 'progress', stage: 'Unpacking archives', done: 0, total: 0 })
  const unpacked = await unpackZip(file.path, into, stemOf(file.path), () => !isCancelled())
  if (!unpacked.ok) {
    refuseFile(context, shortName(file), unpacked.reason)
    return []
  }
  for (const { name, reason } of unpacked.skipped) refuseFile(context, `${shortName(file)}: ${name}`, reason)
  if (isCancelled()) return []
  return walk([unpacked.folder]).files
}

/** Files that are read with another one, or only say something of it: halves of pairs, and what dcm2niix writes beside a scan. */
function companions(files: readonly FoundFile[]): Set<string> {
  const halves = files.flatMap((file) => otherHalf(file.path) ?? [])
  const beside = files.flatMap(({ path }) => {
    const stem = /^(.*)\.nii(\.gz)?$/i.exec(path)?.[1]
    return stem === undefined ? [] : ['json', 'bval', 'bvec'].map((extension) => `${stem}.${extension}`)
  })
  return new Set([...halves, ...beside])
}

export function refuseFile(context: ImportContext, name: string, reason: string, modality = '?'): void {
  context.send({ type: 'refused', name, modality, reason })
}

/** Files that are channels by their names become one case each set; all others are scans of their own. */
async function importNiftiChannels(context: ImportContext, files: FoundFile[], wish: ChannelWish): Promise<void> {
  const { groups, others } = groupChannels(files, wish.names)
  const labelMaps = labelsOfGroups(others, groups)
  for (const file of others) {
    if (context.isCancelled()) return
    if (labelMaps.has(file)) {
      const reason =
        'It looks like a label map of the case beside it, so it was not read as a scan. Name its folder as that of the label maps.'
      context.send({ type: 'label-refused', name: shortName(file), seriesId: null, reason })
    } else await importNifti(context, file)
  }
  for (const { base, files: channels } of groups) {
    if (context.isCancelled()) return
    const found = channels.filter((file) => file !== undefined)
    const lacking = missingChannels(channels, wish.names)
    if (lacking) refuseFile(context, shortName(found[0]), lacking, 'NIfTI')
    else {
      const paths = found.map(({ path }) => path)
      await importNifti(context, found[0], base, () => readNiftiChannels(paths, wish.resample), wish.names)
    }
  }
}

async function importNifti(
  context: ImportContext,
  file: FoundFile,
  stem = stemOf(file.path),
  readScan = () => readNiftiScan(file.path),
  channelNames: string[] | null = null,
): Promise<void> {
  const read = await guarded(readScan)
  if (!read.ok) return refuseFile(context, shortName(file), read.reason, 'NIfTI')
  const sources = read.paths.map((path) => sourceOf(path, file))
  const scans = channelNames
    ? [{ scan: read, number: undefined }]
    : scansOfFile(read, context.request.fourth ?? 'channels')
  for (const { scan, number } of scans) {
    const own = number === undefined || scans.length === 1 ? stem : `${stem} ${number}`
    const repeated = context.known.get(scan.contentSha256)
    if (repeated) {
      repeated.names.push(own)
      context.met.set(repeated.id, { series: repeated, relative: file.relative })
      context.send({ type: 'known', seriesId: repeated.id, name: shortName(file), sources })
      continue
    }
    const modality = niftiModality(file.path, scan.volume, context.request.modality)
    const name = safeName(own)
    await addScan(context, scan, {
      name,
      stem: own,
      modality,
      reader: 'nifti',
      relative: file.relative,
      sources,
      channelNames,
    })
  }
}

type NewScan = {
  name: string
  stem: string | null
  modality: string
  reader: 'nifti' | 'dicom'
  relative: string | null
  sources: SourceFile[]
  identity?: Extract<ImporterMessage, { type: 'series' }>['identity']
  dicom?: DicomIds | null
  channelNames?: string[] | null
}

/** Writes the cache of a scan that the project doesn't have, unless `draft` holds it already, and reports it; returns its id. */
export async function addScan(
  context: ImportContext,
  read: ReadScan & { warnings: string[] },
  scan: NewScan,
  draft?: VolumeDraft,
): Promise<string> {
  const id = newId('series')
  await writeCache(context.request.folder, id, read.volume, draft)
  const { name, stem, modality, reader, relative, sources, identity = null, dicom = null, channelNames = null } = scan
  const series: KnownSeries = {
    id,
    contentSha256: read.contentSha256,
    names: stem === null ? [name] : [stem, name],
    grid: read.volume.geometry,
    permutation: read.permutation,
    labelSha256: null,
    dicom,
  }
  context.known.set(read.contentSha256, series)
  context.met.set(id, { series, relative })
  context.send({
    type: 'series',
    sources,
    identity,
    dicom,
    series: {
      id,
      name,
      stem,
      modality,
      reader,
      status: read.warnings.length > 0 ? 'warned' : 'ready',
      reason: read.warnings.length > 0 ? read.warnings.join(' ') : null,
      ...read.source,
      dtype: read.dtype,
      channels: read.volume.channels,
      grid: read.volume.geometry,
      permutation: read.permutation,
      contentSha256: read.contentSha256,
      channelNames,
    },
  })
  return id
}

function sourceOf(path: string, file: FoundFile): SourceFile {
  if (path === file.path) return { path, size: file.size, modifiedMs: file.modifiedMs }
  const { size, mtimeMs } = statSync(path)
  return { path, size, modifiedMs: mtimeMs }
}

/** Reading never throws on bad bytes; should it do so all the same, the file is refused and the import goes on. */
export async function guarded<T>(read: () => Promise<T>): Promise<T | { ok: false; reason: string; detail: string }> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof RangeError && /allocation|array length/i.test(error.message)) {
      return { ok: false, reason: 'It is too large for the memory of this computer.', detail: error.message }
    }
    return {
      ok: false,
      reason: 'It could not be read; the file is probably damaged. If other programs open it, please report this.',
      detail: String(error instanceof Error ? (error.stack ?? error.message) : error),
    }
  }
}
