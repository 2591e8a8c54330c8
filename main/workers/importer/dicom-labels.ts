/** Labels that are DICOM (SEG, RTSTRUCT): each finds its scan by what it refers to, else by where it lies. */
import type { Geometry } from '../../../shared/domain/geometry.ts'
import type { LabelMap, Outcome } from '../../../shared/domain/volume.ts'
import {
  readSegmentation,
  readStructureSet,
  segmentationLabels,
  structureLabels,
  type Segmentation,
  type StructureSet,
} from '../../imaging/segmentation.ts'
import { explainFileError, hashLabels, newId, writeLabelFile } from '../../library/index.ts'
import { inflateByZlib, readWhole } from './bytes.ts'
import { guarded, type ImportContext } from './import.ts'
import { assignValues } from './label-values.ts'
import type { KnownSeries } from './messages.ts'
import { shortName, type FoundFile } from './walk.ts'

export type DicomLabelFile = { file: FoundFile; kind: 'segmentation' | 'structures' }

/** Where it was drawn, and its labels on any grid that it lies on. */
type Drawn = {
  refers: Pick<Segmentation, 'studyUid' | 'frameOfReference' | 'sourceSeries' | 'sourceInstances'>
  /** Whether lying on a scan's voxels says that it belongs there: a grid fits one scan, contours fit many. */
  fitsByPlace: boolean
  /** between: also where it was drawn between the slices of the grid. */
  on(grid: Geometry, between?: boolean): Outcome<{ labels: LabelMap; values: Map<number, string> }>
}

type Fitted = { name: string; samples: Uint8Array; values: Map<number, string>; warnings: string[] }

export async function importDicomLabels(context: ImportContext, files: readonly DicomLabelFile[]): Promise<void> {
  const { send } = context
  const fitted = new Map<KnownSeries, Fitted[]>()
  for (const [n, { file, kind }] of files.entries()) {
    if (context.isCancelled()) return
    send({ type: 'progress', stage: 'Reading DICOM labels', done: n, total: files.length })
    const name = shortName(file)
    const drawn = await guarded(() => read(file, kind))
    if (!drawn.ok) {
      send({ type: 'label-refused', name, seriesId: null, reason: drawn.reason })
      continue
    }
    const found = fit(context, drawn.drawn)
    if (!found.ok) send({ type: 'label-refused', name, seriesId: found.series?.id ?? null, reason: found.reason })
    else fitted.set(found.series, [...(fitted.get(found.series) ?? []), { name, ...found.fitted }])
  }
  for (const [series, maps] of fitted) for (const map of together(maps)) store(context, series, map)
  send({ type: 'progress', stage: 'Reading DICOM labels', done: files.length, total: files.length })
}

async function read(file: FoundFile, kind: DicomLabelFile['kind']): Promise<Outcome<{ drawn: Drawn }>> {
  let bytes: Uint8Array
  try {
    bytes = readWhole(file.path)
  } catch (error) {
    return { ok: false, reason: `The file could not be read: ${explainFileError(error)}` }
  }
  if (kind === 'segmentation') {
    const found = await readSegmentation(bytes, { inflate: inflateByZlib })
    if (!found.ok) return found
    const drawn: Drawn = {
      refers: found.segmentation,
      fitsByPlace: true,
      on: (grid, between) => segmentationLabels(found.segmentation, grid, between),
    }
    return { ok: true, drawn, warnings: [] }
  }
  const found = await readStructureSet(bytes, { inflate: inflateByZlib })
  if (!found.ok) return found
  const structures: StructureSet = found.structures
  return {
    ok: true,
    drawn: {
      refers: structures,
      fitsByPlace: false,
      on: (grid, between) => structureLabels(structures, grid, between),
    },
    warnings: [],
  }
}

type Found =
  | { ok: true; series: KnownSeries; fitted: Omit<Fitted, 'name'> }
  | { ok: false; series: KnownSeries | undefined; reason: string }

/**
 * The scan that it names, if it lies on its voxels; where it names none that is here, the only scan of its frame of
 * reference or, last, of all that it fits. A scan that it names may have been resampled to even slices: then slices take
 * what was drawn nearest to them. One that it names and still does not fit is a refusal: no other is tried.
 */
function fit(context: ImportContext, { refers, fitsByPlace, on }: Drawn): Found {
  const scans = [...context.known.values()].filter((series) => series.dicom !== null)
  const named = scans.filter(
    (series) =>
      refers.sourceSeries.includes(series.dicom!.seriesUid) ||
      refers.sourceInstances.some((uid) => context.instances.get(series.id)?.has(uid)),
  )
  const attempt = (series: KnownSeries, between = false): Found => {
    const placed = on(series.grid, between)
    if (!placed.ok) return { ok: false, series, reason: placed.reason }
    const { labels, values, warnings } = placed
    return { ok: true, series, fitted: { samples: labels.samples, values, warnings } }
  }
  if (named.length > 0) {
    const attempts = named.map((series) => attempt(series))
    const near = () => named.map((series) => attempt(series, true)).find((found) => found.ok)
    return attempts.find((found) => found.ok) ?? near() ?? attempts[0]
  }
  const near = scans.filter(
    (series) => refers.frameOfReference !== '' && series.dicom!.frameOfReference === refers.frameOfReference,
  )
  for (const candidates of fitsByPlace ? [near, scans] : [near]) {
    const fits = candidates.map((series) => attempt(series)).filter((found) => found.ok)
    if (fits.length === 1) {
      const [found] = fits
      found.fitted.warnings.push('It names no scan that is here; it was matched by where it lies.')
      return found
    }
    if (fits.length > 1)
      return {
        ok: false,
        series: undefined,
        reason: `It names no scan that is here, and lies on the voxels of ${fits.length} scans alike. Import the scan that it was drawn on.`,
      }
  }
  return {
    ok: false,
    series: undefined,
    reason: fitsByPlace
      ? 'The scan that it was drawn on is not here, and it lies on the voxels of no other. Import that scan as well.'
      : 'The scan that it was drawn on is not here. Import that scan as well.',
  }
}

/**
 * Files of one scan with different labels (one organ each) become one label map; files that share a label's name are
 * different readings, each a version of its own in the order of the files.
 */
function together(maps: Fitted[]): Fitted[] {
  const names = maps.map(({ values }) => [...values.values()].map((name) => name.toLowerCase()))
  const all = names.flat()
  if (maps.length === 1 || new Set(all).size < all.length) return maps
  const merged: Fitted = { name: maps.map(({ name }) => name).join(', '), samples: new Uint8Array(maps[0].samples.length), values: new Map(), warnings: [] } // prettier-ignore
  let next = 1
  let overlapping = 0
  for (const { samples, values, warnings } of maps) {
    const renumbered = new Uint8Array(256)
    for (const [value, name] of values) {
      if (next > 254) return maps
      renumbered[value] = next
      merged.values.set(next++, name)
    }
    merged.warnings.push(...warnings)
    for (let n = 0; n < samples.length; n++) {
      if (samples[n] === 0) continue
      if (merged.samples[n] === 0) merged.samples[n] = renumbered[samples[n]]
      else overlapping++
    }
  }
  if (overlapping > 0)
    merged.warnings.push(`${overlapping} voxels are labelled in more than one file; the first file's label stands.`)
  return [merged]
}

function store(context: ImportContext, series: KnownSeries, { name, samples, values, warnings }: Fitted): void {
  const { send, request } = context
  const names = assignValues(context.labelNames, values)
  const table = new Uint8Array(256)
  for (const [from, { value }] of names) table[from] = value
  for (let n = 0; n < samples.length; n++) samples[n] = table[samples[n]]
  if (hashLabels(samples) === series.labelSha256) return send({ type: 'label-unchanged', name, seriesId: series.id })
  const written = writeLabelFile(request.folder, newId('label'), samples, series.grid)
  series.labelSha256 = written.sha256
  send({ type: 'label', name, seriesId: series.id, written, warnings, names: [...names.values()] })
}
