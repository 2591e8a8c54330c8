/**
 * Files to series to volumes: by series UID, then by size and orientation, then, where several images lie at one place, by
 * what tells them apart. Every file ends up in exactly one plan, readable or refused with the reason.
 */
import type { Geometry } from '../../../shared/domain/geometry.ts'
import type { SampleType } from '../../../shared/domain/volume.ts'
import { sampleArrays } from '../../../shared/domain/volume.ts'
import type { Identity } from '../identity.ts'
import type { SlicePlace } from './format.ts'
import type { DicomHeader } from './header.ts'
import type { Slice } from './repetitions.ts'
import { groupBy, samePlaces, tellApart, uncopied } from './repetitions.ts'
import type { SliceHeader } from './stack.ts'
import { along, sliceNormal, stackGeometry } from './stack.ts'

type Common = {
  studyUid: string
  seriesUid: string
  frameOfReference: string
  modality: string
  seriesNumber: number | undefined
  /** Which volume of its series, from 1, and of how many. */
  part: number
  parts: number
  /** Indices, in the list of headers that was given, of all files that belong here (also left-out copies). */
  files: number[]
  /** For display only. */
  identity: Identity
  warnings: string[]
}

export type ReadableSeries = Common & {
  ok: true
  geometry: Geometry
  /** Holds every value that the slices could have; the volume may turn out int16 where this is int32. */
  type: SampleType
  /** One for each k, in order. */
  slices: Slice[]
}

export type RefusedSeries = Common & { ok: false; reason: string; detail?: string }

export type SeriesPlan = ReadableSeries | RefusedSeries

type Draft = { files: number[]; warnings: string[]; sample: DicomHeader } & (
  { slices: Slice[]; reason?: undefined } | { slices?: undefined; reason: string }
)

/** The most bytes that one volume may need; the rest of the machine needs room too. */
const mostBytes = 4 * 2 ** 30

/** Sorts headers into volumes. Pure and quick: n log n. */
export function groupSeries(headers: readonly DicomHeader[]): SeriesPlan[] {
  const all = headers.map((header, file) => ({ file, header }))
  const groups = groupBy(all, ({ header, file }) =>
    header.seriesUid ? `${header.studyUid}/${header.seriesUid}` : `alone/${file}`,
  )
  return groups.flatMap((group) => {
    const refused = refusals(group)
    const damaged = refused
      .filter(({ reason }) => /damaged|copied in full/.test(reason ?? ''))
      .flatMap(({ files }) => files)
    const read = volumes(group.filter((s): s is Slice => isSlice(s.header)))
    if (damaged.length > 0)
      for (const { warnings } of read)
        warnings.push(
          `Slices may be missing: ${damaged.length === 1 ? 'a damaged file' : `${damaged.length} damaged files`} of the series left out.`,
        )
    const drafts = [...refused, ...read]
    return drafts.map((draft, n) => finish(draft, n + 1, drafts.length))
  })
}

/** Files that are not read, one draft for each reason. */
function refusals(group: { file: number; header: DicomHeader }[]): Draft[] {
  const unread = group.filter(({ header }) => !isSlice(header))
  return groupBy(unread, ({ header }) => header.unread ?? '').map((same) => ({
    files: same.map(({ file }) => file),
    warnings: [],
    sample: same[0].header,
    reason: same[0].header.unread ?? 'The file cannot be read as a slice.',
  }))
}

function isSlice(header: DicomHeader): header is SliceHeader {
  return header.unread === undefined && header.place !== undefined && header.pixels !== undefined
}

/** The readable slices of one series as volumes: split by size and orientation, then by repetition. */
function volumes(slices: Slice[]): Draft[] {
  const stacks: Slice[][] = []
  for (const slice of slices) {
    const fits = stacks.find(([first]) => sameFrame(first.header, slice.header))
    if (fits) fits.push(slice)
    else stacks.push([slice])
  }
  if (stacks.length === 0) return []
  if (stacks.length === 1) return repetitions(stacks[0], [])
  const [few, enough] = [stacks.filter((s) => s.length < 3), stacks.filter((s) => s.length >= 3)]
  const note = `The series mixes images of ${stacks.length} sizes or directions; each is read as a volume of its own.`
  const leftovers = few.flat()
  return [
    ...enough.flatMap((stack) => repetitions(stack, [note])),
    ...(leftovers.length > 0
      ? [
          draft(
            leftovers,
            'These images of the series point in different directions (a localizer or a rotating view), so they do not make a volume; set aside.',
          ),
        ]
      : []),
  ]
}

function sameFrame(a: SliceHeader, b: SliceHeader): boolean {
  const near = (p: readonly number[], q: readonly number[], tolerance: number) =>
    p.every((v, n) => Math.abs(v - q[n]) <= tolerance)
  const of = (place: SlicePlace) => [...place.rowDirection, ...place.columnDirection]
  return (
    a.rows === b.rows &&
    a.columns === b.columns &&
    near(of(a.place), of(b.place), 1e-3) &&
    near(a.place.pixelSpacing, b.place.pixelSpacing, 1e-3 * a.place.pixelSpacing[0])
  )
}

/** One stack of one orientation: copies left out, several images at one place told apart. */
function repetitions(stack: Slice[], warnings: string[]): Draft[] {
  const normal = sliceNormal(stack[0].header.place)
  const at = (slice: Slice) => along(normal, slice.header.place)
  const sorted = [...stack].sort(
    (a, b) => at(a) - at(b) || (a.header.instanceNumber ?? 0) - (b.header.instanceNumber ?? 0),
  )
  const kept = uncopied(sorted)
  const copies = stack.length - kept.length
  const notes =
    copies > 0
      ? [
          ...warnings,
          `${copies} ${copies === 1 ? 'file is a copy of another and was' : 'files are copies of others and were'} left out.`,
        ]
      : warnings
  const files = stack.map(({ file }) => file)

  const places = samePlaces(kept, at)
  const most = Math.max(...places.map((place) => place.length))
  if (most === 1) return [{ slices: kept, files, warnings: [...notes], sample: kept[0].header }]
  if (places.length === 1)
    return [
      draft(
        stack,
        `All ${kept.length} images show the same slice (repeated or monitoring), so they do not make a volume.`,
      ),
    ]

  const split = tellApart(kept, places, most)
  if (!split)
    return [draft(stack, 'Several images lie at the same place and nothing in the files tells which belong together.')]
  const note = `The series holds ${most} images at each place (echoes, times or kinds of image); each set is read as a volume of its own.`
  return split.map((slices, n) => ({
    slices,
    files:
      n === 0
        ? [...slices.map(({ file }) => file), ...files.filter((f) => !kept.some((k) => k.file === f))]
        : slices.map(({ file }) => file),
    warnings: [...notes, note],
    sample: slices[0].header,
  }))
}

function draft(slices: Slice[], reason: string): Draft {
  return { files: slices.map(({ file }) => file), warnings: [], sample: slices[0].header, reason }
}

function finish(draft: Draft, part: number, parts: number): SeriesPlan {
  const { sample, files, warnings } = draft
  const { studyUid, seriesUid, frameOfReference, modality, seriesNumber, identity } = sample
  const common = { studyUid, seriesUid, frameOfReference, modality, seriesNumber, part, parts, files, identity }
  if (!draft.slices) return { ...common, ok: false, reason: draft.reason, warnings }
  const stacked = stackGeometry(draft.slices.map(({ header }) => header))
  if (!stacked.ok) return { ...common, ...stacked, warnings }
  const { geometry } = stacked
  const type = sampleTypeFor(draft.slices)
  const bytes = geometry.shape.reduce((product, n) => product * n, sampleArrays[type].BYTES_PER_ELEMENT)
  if (bytes > mostBytes)
    return { ...common, ok: false, reason: 'The series is too large to be held in memory (more than 4 GB).', warnings }
  const notes = [...warnings, ...stacked.warnings]
  if (sample.monochrome1)
    notes.push('The images are stored with white as the lowest value; their values are kept as they are.')
  return { ...common, ok: true, geometry, type, slices: draft.slices, warnings: notes }
}

/** The smallest type that holds every value the slices could have; float32 where rescaling is not by whole numbers. */
export function sampleTypeFor(slices: readonly { header: SliceHeader }[]): SampleType {
  let [least, most] = [0, 0]
  for (const { header } of slices) {
    const { bitsStored, signed, slope, intercept } = header.pixels
    if (!Number.isInteger(slope) || !Number.isInteger(intercept)) return 'float32'
    const range = signed ? [-(2 ** (bitsStored - 1)), 2 ** (bitsStored - 1) - 1] : [0, 2 ** bitsStored - 1]
    const ends = range.map((v) => v * slope + intercept)
    least = Math.min(least, ...ends)
    most = Math.max(most, ...ends)
  }
  if (least >= 0 && most <= 255) return 'uint8'
  if (least >= -32768 && most <= 32767) return 'int16'
  if (least >= 0 && most <= 65535) return 'uint16'
  return least >= -(2 ** 31) && most < 2 ** 31 ? 'int32' : 'float32'
}
