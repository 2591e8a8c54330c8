/**
 * Files to series to volumes: by series UID, then by size and orientation, then, where several images lie at one place, by
 * what tells them apart. Every file ends up in exactly one plan, readable or refused with the reason.
 */
import type { Geometry } from '../../../shared/domain/geometry.ts'
import type { SampleType } from '../../../shared/domain/volume.ts'
import { sampleArrays } from '../../../shared/domain/volume.ts'
import type { Identity } from '../identity.ts'
import { isLossy } from './codecs/index.ts'
import type { SlicePlace } from './format.ts'
import type { DicomHeader } from './header.ts'
import type { FrameHeader } from './frames.ts'
import type { Mend } from './mend.ts'
import type { Slice } from './repetitions.ts'
import { groupBy, samePlaces, tellApart, uncopied } from './repetitions.ts'
import type { SliceHeader } from './stack.ts'
import { along, sliceNormal, sliceSize, stackGeometry } from './stack.ts'

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
  /** Number of volumes of the series on this one grid: points in time, or directions of a diffusion series. */
  channels: number
  /** All stored slices: those of the first channel in order, then the second's… */
  slices: Slice[]
  /** How to resample the stored slices onto the grid, where they are not one for each k. */
  mend: Mend | undefined
}

export type RefusedSeries = Common & { ok: false; reason: string; detail?: string }

export type SeriesPlan = ReadableSeries | RefusedSeries

type Draft = { files: number[]; warnings: string[]; sample: DicomHeader } & (
  { channels: Slice[][]; reason?: undefined } | { channels?: undefined; reason: string }
)

/** The most bytes that one volume may need; the rest of the machine needs room too. */
const mostBytes = 4 * 2 ** 30

/** Sorts headers into volumes. Pure and quick: n log n. */
export function groupSeries(headers: readonly DicomHeader[]): SeriesPlan[] {
  const all = headers.map((header, file) => ({ file, header }))
  const groups = groupBy(all, ({ header, file }) =>
    // Series made from others by careless tools keep the UID and get a number of their own.
    header.seriesUid ? `${header.studyUid}/${header.seriesUid}/${header.seriesNumber ?? ''}` : `alone/${file}`,
  )
  return groups.flatMap((group) => {
    const refused = refusals(group)
    const damaged = refused
      .filter(({ reason }) => /damaged|copied in full/.test(reason ?? ''))
      .flatMap(({ files }) => files)
    const read = volumes(group.flatMap(slicesOf))
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
  const unread = group.filter(
    ({ header }) => header.unread !== undefined || !header.pixels || !(header.place || header.frames),
  )
  return groupBy(unread, ({ header }) => header.unread ?? '').map((same) => ({
    files: same.map(({ file }) => file),
    warnings: [],
    sample: same[0].header,
    reason: same[0].header.unread ?? 'The file cannot be read as a slice.',
  }))
}

/** The slices of one file: itself, or its frames or tiles. */
function slicesOf({ file, header }: { file: number; header: DicomHeader }): Slice[] {
  const { place, pixels, frames } = header
  if (header.unread !== undefined || !pixels) return []
  if (!frames) return place ? [{ file, frame: 0, header: { ...header, place, pixels } }] : []
  return frames.map((frame) => ({ file, frame: frame.frame, header: frameHeader(header, pixels, frame) }))
}

function frameHeader(
  header: DicomHeader,
  pixels: SliceHeader['pixels'],
  { place, tile, slope, intercept, imageType, sliceThickness, spacingBetweenSlices, dimensions }: FrameHeader,
): SliceHeader {
  const own = Object.fromEntries(Object.entries(dimensions).filter(([, value]) => value !== ''))
  return {
    ...header,
    place,
    tile,
    pixels: { ...pixels, slope: slope || pixels.slope, intercept: intercept ?? pixels.intercept },
    imageType: imageType ?? header.imageType,
    sliceThickness: sliceThickness ?? header.sliceThickness,
    spacingBetweenSlices: spacingBetweenSlices ?? header.spacingBetweenSlices,
    dimensions: { ...header.dimensions, ...own },
  }
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
  const [p, q] = [sliceSize(a), sliceSize(b)]
  return (
    p.rows === q.rows &&
    p.columns === q.columns &&
    near(of(a.place), of(b.place), 1e-3) &&
    near(a.place.pixelSpacing, b.place.pixelSpacing, 1e-3 * a.place.pixelSpacing[0])
  )
}

/** One stack of one orientation: copies left out, several images at one place told apart. */
function repetitions(stack: Slice[], warnings: string[]): Draft[] {
  const normal = sliceNormal(stack[0].header.place)
  const at = (slice: Slice) => along(normal, slice.header.place)
  const sorted = [...stack].sort(
    (a, b) => at(a) - at(b) || (a.header.instanceNumber ?? 0) - (b.header.instanceNumber ?? 0) || a.frame - b.frame,
  )
  const kept = uncopied(sorted)
  const copies = filesOf(stack).length - filesOf(kept).length
  const notes = [...warnings]
  if (copies > 0)
    notes.push(
      `${copies} ${copies === 1 ? 'file is a copy of another and was' : 'files are copies of others and were'} left out.`,
    )
  const files = filesOf(stack)

  const places = samePlaces(kept, at)
  const most = Math.max(...places.map((place) => place.length))
  if (most === 1) return oneAtEachPlace(kept, files, notes)
  if (places.length === 1 && kept.every(({ header }) => !header.frames))
    return [
      draft(
        stack,
        `All ${kept.length} images show the same slice (repeated or monitoring), so they do not make a volume.`,
      ),
    ]

  const sets = tellApart(kept, at)
  if (!sets)
    return [draft(stack, 'Several images lie at the same place and nothing in the files tells which belong together.')]
  const where = ({ slices }: { slices: Slice[] }) => slices.map((slice) => at(slice).toFixed(2)).join()
  // Volumes of one kind over time, on the same slices, are channels of one; what is incomplete stands alone.
  const together = groupBy(sets, (set) => `${set.kind} ${where(set)}`)
  const drafts = together.map((channels) => ({ channels: channels.map(({ slices }) => slices) }))
  return drafts.map(({ channels }, n) => {
    const own = [...notes]
    if (drafts.length > 1)
      own.push(
        `The series holds ${drafts.length} kinds of image (echoes, b-values, kinds or incomplete repetitions); each is read as a volume of its own.`,
      )
    if (channels.length > 1)
      own.push(`${channels.length} volumes over time (or diffusion directions) were read as channels of one scan.`)
    const left = n === 0 ? files.filter((file) => !kept.some((slice) => slice.file === file)) : []
    return { channels, files: [...filesOf(channels.flat()), ...left], warnings: own, sample: channels[0][0].header }
  })
}

/**
 * A stack without repetitions is one volume; where it is not even, it may be several that interleave or follow each other
 * (two reconstructions, two acquisitions), told apart by one property.
 */
function oneAtEachPlace(slices: Slice[], files: number[], warnings: string[]): Draft[] {
  const whole: Draft = { channels: [slices], files, warnings, sample: slices[0].header }
  const isEven = (set: readonly Slice[]) => {
    const stacked = stackGeometry(set.map(({ header }) => header))
    return stacked.ok && stacked.mend === undefined
  }
  const stacked = stackGeometry(slices.map(({ header }) => header))
  if (stacked.ok && stacked.warnings.every((warning) => !/missing|apart/.test(warning))) return [whole]
  const apart = farApart(slices)
  if (apart.length > 1) {
    const note = `The series holds ${apart.length} groups of slices far apart; each is read as a volume of its own.`
    return apart.map((set) =>
      set.length < 3
        ? draft(set, 'These slices lie far away from the rest of their series, too few to make a volume; set aside.')
        : { channels: [set], files: filesOf(set), warnings: [...warnings, note], sample: set[0].header },
    )
  }
  for (const key of Object.keys(slices[0].header.dimensions)) {
    const sets = groupBy(slices, ({ header }) => header.dimensions[key] ?? '')
    if (sets.length < 2 || sets.length > 8 || !sets.every((set) => set.length >= 3 && isEven(set))) continue
    const note = `The series holds ${sets.length} stacks of slices; each is read as a volume of its own.`
    return sets.map((set) => ({
      channels: [set],
      files: filesOf(set),
      warnings: [...warnings, note],
      sample: set[0].header,
    }))
  }
  return [whole]
}

/** Runs of sorted slices, parted where a gap is more than 50 mm and more than 20 times the usual: not a few lost slices. */
function farApart(slices: Slice[]): Slice[][] {
  const normal = sliceNormal(slices[0].header.place)
  const at = slices.map(({ header }) => along(normal, header.place))
  const gaps = at.slice(1).map((place, n) => place - at[n])
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)]
  const runs: Slice[][] = [[slices[0]]]
  for (const [n, gap] of gaps.entries()) {
    if (gap > 50 && gap > 20 * usual) runs.push([])
    runs.at(-1)!.push(slices[n + 1])
  }
  return runs.some((run) => run.length >= 3) ? runs : [slices]
}

const filesOf = (slices: readonly Slice[]) => [...new Set(slices.map(({ file }) => file))]

function draft(slices: Slice[], reason: string): Draft {
  return { files: filesOf(slices), warnings: [], sample: slices[0].header, reason }
}

function finish(draft: Draft, part: number, parts: number): SeriesPlan {
  const { sample, files, warnings } = draft
  const { studyUid, seriesUid, frameOfReference, modality, seriesNumber, identity } = sample
  const common = { studyUid, seriesUid, frameOfReference, modality, seriesNumber, part, parts, files, identity }
  if (!draft.channels) return { ...common, ok: false, reason: draft.reason, warnings }
  const { channels } = draft
  const stacked = stackGeometry(channels[0].map(({ header }) => header))
  if (!stacked.ok) return { ...common, ...stacked, warnings }
  const { geometry, mend } = stacked
  const slices = channels.flat()
  const type = sampleTypeFor(slices)
  const bytes = geometry.shape.reduce(
    (product, n) => product * n,
    sampleArrays[type].BYTES_PER_ELEMENT * channels.length,
  )
  if (bytes > mostBytes)
    return { ...common, ok: false, reason: 'The series is too large to be held in memory (more than 4 GB).', warnings }
  const notes = [...warnings, ...stacked.warnings]
  if (slices.some(({ header }) => isLossy(header.syntax) || header.lossy))
    notes.push('The images were compressed with loss of detail before they came here.')
  if (sample.monochrome1)
    notes.push('The images are stored with white as the lowest value; their values are kept as they are.')
  return { ...common, ok: true, geometry, type, channels: channels.length, slices, mend, warnings: notes }
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
  if (least >= -(2 ** 31) && most < 2 ** 31) return 'int32'
  return least >= 0 && most < 2 ** 32 ? 'uint32' : 'float32'
}
