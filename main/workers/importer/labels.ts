/** The second half of an import: label maps, each paired with its scan by name and checked against its grid. */
import { basename } from 'node:path'
import { newId, hashLabels, writeLabelFile } from '../../library/index.ts'
import { importDicomLabels } from './dicom-labels.ts'
import { dicomLabelFiles } from './dicom.ts'
import { guarded, type ImportContext } from './import.ts'
import { readLabelMap } from './label-maps.ts'
import { pairLabels, stemOf } from './names.ts'
import { otherHalf } from './read.ts'
import { recognise, type DicomFile } from './recognise.ts'
import { shortName, type FoundFile, type Walked } from './walk.ts'

/** beside: they lie among scans, so a scan of the same name can only be the label map itself. */
export async function importLabels(context: ImportContext, found: Walked, beside: boolean): Promise<void> {
  const { files, unreadable } = found
  const { send } = context
  for (const { path, reason } of unreadable) send({ type: 'label-refused', name: path, seriesId: null, reason })
  const voxelFiles = new Set(files.map((file) => otherHalf(file.path)))
  const labelMaps: FoundFile[] = []
  const dicomFiles: DicomFile[] = []
  const refuseLabel = (file: FoundFile, reason: string) =>
    send({ type: 'label-refused', name: shortName(file), seriesId: null, reason })
  for (const file of files) {
    // Handful's own export writes the names of its labels beside them.
    if (voxelFiles.has(file.path) || basename(file.path) === 'labels.json') continue
    const kind = await recognise(file)
    if ('reason' in kind) refuseLabel(file, kind.reason)
    else if (kind.kind === 'dicom') dicomFiles.push({ file, read: kind.read })
    else labelMaps.push(file)
  }
  if (dicomFiles.length > 0) await importDicomLabels(context, dicomLabelFiles(dicomFiles, refuseLabel))

  const pairs = pairLabels(labelMaps, candidates(context, beside ? labelMaps : []))
  let done = 0
  for (const pair of pairs) {
    if (context.isCancelled()) return
    send({ type: 'progress', stage: 'Reading label maps', done: done++, total: pairs.length })
    const name = shortName(pair.label)
    if (pair.imageId === null) send({ type: 'label-refused', name, seriesId: null, reason: pair.reason })
    else await importLabelMap(context, pair.label, pair.imageId, name)
  }
  send({ type: 'progress', stage: 'Reading label maps', done, total: pairs.length })
}

/**
 * Scans of this import come first; a label map may also belong to a scan that the project had before, unless it is one of
 * `noScans`, taken for a scan by an earlier import.
 */
function candidates(
  context: ImportContext,
  noScans: readonly FoundFile[],
): { id: string; names: string[]; relative: string | null }[] {
  const met = [...context.met.values()].map(({ series, relative }) => ({
    id: series.id,
    names: series.names,
    relative,
  }))
  const names = new Set([...met.flatMap((image) => image.names), ...noScans.map(({ path }) => stemOf(path))])
  const before = [...context.known.values()].filter(
    (series) => !context.met.has(series.id) && !series.names.some((name) => names.has(name)),
  )
  return [...met, ...before.map((series) => ({ id: series.id, names: series.names, relative: null }))]
}

async function importLabelMap(context: ImportContext, file: FoundFile, seriesId: string, name: string): Promise<void> {
  const { send, request } = context
  const series = [...context.known.values()].find((candidate) => candidate.id === seriesId)
  if (!series) return
  const read = await guarded(() => readLabelMap(file.path, series))
  if (!read.ok) return send({ type: 'label-refused', name, seriesId, reason: read.reason })
  if (hashLabels(read.samples) === series.labelSha256) return send({ type: 'label-unchanged', name, seriesId })
  const written = writeLabelFile(request.folder, newId('label'), read.samples, series.grid)
  series.labelSha256 = written.sha256
  send({ type: 'label', name, seriesId, written, warnings: read.warnings })
}
