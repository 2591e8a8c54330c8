/** DICOM: headers of all files first, then series by series, so that memory holds one volume at a time. */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { canonicalPermutation } from '../../imaging/canonical.ts'
import { assemble, groupSeries, type DicomHeader, type ReadableSeries, type SeriesPlan } from '../../imaging/dicom.ts'
import type { Outcome } from '../../../shared/domain/volume.ts'
import { VolumeDraft, type Identity } from '../../library/index.ts'
import { hashBytes, inflateByZlib, readWhole } from './bytes.ts'
import { readFileHeader, type HeaderRead } from './header.ts'
import type { DicomFile } from './recognise.ts'
import { manyHands, type Workplace } from './hands.ts'
import { VolumeMemory } from './memory.ts'
import { directoryFiles, isDirectory } from '../../imaging/dicom.ts'
import { isSegmentation, isStructureSet } from '../../imaging/segmentation.ts'
import type { SourceBytes } from './parts.ts'
import { missingChannels, stackChannels, type ChannelWish } from './channels.ts'
import type { DicomLabelFile } from './dicom-labels.ts'
import { addScan, guarded, refuseFile, type ImportContext } from './import.ts'
import { dicomCaseName, safeName } from './names.ts'
import type { ReadScan } from './read.ts'
import { shortName, walk, type FoundFile } from './walk.ts'

/** Imports the scans among DICOM files, and returns the files that are labels of scans. */
export async function importDicom(context: ImportContext, files: readonly DicomFile[]): Promise<DicomLabelFile[]> {
  const labels: DicomLabelFile[] = []
  const readable: FoundFile[] = []
  const headers: DicomHeader[] = []
  const all: { file: FoundFile; read?: HeaderRead }[] = [...files]
  for (const [n, { file, read: known }] of all.entries()) {
    if (context.isCancelled()) return []
    context.send({ type: 'progress', stage: 'Reading DICOM headers', done: n, total: all.length })
    const read = known ?? (await guarded(() => readFileHeader(file.path, file.size)))
    const kind = read.ok ? labelKind(read.header) : undefined
    if (read.ok && isDirectory(read.header.sopClass)) {
      const chosen = all.map((entry) => entry.file)
      all.push(...(await directoryMembers(context, file, chosen)).map((member) => ({ file: member })))
    } else if (kind) labels.push({ file, kind })
    else if (read.ok) {
      readable.push(file)
      headers.push(read.header)
    } else refuseFile(context, shortName(file), read.reason, 'DICOM')
  }
  context.send({ type: 'progress', stage: 'Reading DICOM headers', done: all.length, total: all.length })

  const grouped = groupSeries(headers)
  const { channels } = context.request
  const taken = channels ? await importStudies(context, grouped, channels, readable) : new Set<SeriesPlan>()
  const plans = grouped.filter((plan) => !taken.has(plan))
  const total = plans.reduce((sum, plan) => sum + plan.files.length, 0)
  let done = 0
  const tell = (files: number) =>
    context.send({ type: 'progress', stage: 'Reading DICOM series', done: Math.floor(files), total })
  for (const plan of plans) {
    if (context.isCancelled()) return []
    tell(done)
    const own = plan.files.map((file) => readable[file])
    const progress = (share: number) => tell(done + share * own.length)
    if (plan.ok) await importSeries(context, plan, readable, own, [plan], false, progress)
    else refuseFile(context, nameFiles(own), plan.reason, plan.modality || 'DICOM')
    done += own.length
  }
  tell(total)
  return labels
}

/** The files that a DICOMDIR names and that are not among the chosen ones: those that are there; the rest is reported. */
async function directoryMembers(
  context: ImportContext,
  file: FoundFile,
  chosen: readonly FoundFile[],
): Promise<FoundFile[]> {
  const members = await guarded(async () => ({
    ok: true as const,
    paths: await directoryFiles(readWhole(file.path), inflateByZlib),
  }))
  if (!members.ok) return []
  const folder = dirname(file.path)
  const known = new Set(chosen.map(({ path }) => path))
  const found: FoundFile[] = []
  let missing = 0
  for (const parts of members.paths) {
    // Media are often copied with their names in lower case.
    const path = [parts, parts.map((part) => part.toLowerCase())].map((list) => join(folder, ...list)).find(existsSync)
    if (path === undefined) missing++
    else if (!known.has(path)) {
      known.add(path)
      const { files } = walk([path])
      found.push(...files.map((member) => ({ ...member, relative: file.relative })))
    }
  }
  if (missing > 0) {
    const count =
      missing === 1 ? 'One file that it names is' : `${missing} of the ${members.paths.length} files that it names are`
    refuseFile(
      context,
      shortName(file),
      `This is a DICOM directory. ${count} not there; copy the whole medium.`,
      'DICOM',
    )
  }
  return found
}

function labelKind({ sopClass }: DicomHeader): DicomLabelFile['kind'] | undefined {
  if (isSegmentation(sopClass)) return 'segmentation'
  return isStructureSet(sopClass) ? 'structures' : undefined
}

/** Labels among DICOM files of a folder of label maps; other DICOM is refused. */
export function dicomLabelFiles(
  files: readonly DicomFile[],
  refuse: (file: FoundFile, reason: string) => void,
): DicomLabelFile[] {
  const labels: DicomLabelFile[] = []
  for (const { file, read } of files) {
    const kind = read.ok ? labelKind(read.header) : undefined
    if (kind) labels.push({ file, kind })
    else refuse(file, read.ok ? 'This DICOM file holds no labels (no SEG, no RTSTRUCT).' : read.reason)
  }
  return labels
}

/** The volume with this content hash from files that made it before, such as a series whose cache is gone. */
export async function readDicomScan(paths: readonly string[], contentSha256: string): Promise<Outcome<ReadScan>> {
  const headers: DicomHeader[] = []
  for (const path of paths) {
    const read = await readFileHeader(path, undefined)
    if (!read.ok) return read
    headers.push(read.header)
  }
  const plans = groupSeries(headers)
  const all: Outcome<ReadScan>[] = []
  let last: Outcome<ReadScan> = { ok: false, reason: 'The files no longer make a volume.' }
  // One file may hold several volumes, such as echoes.
  for (const plan of plans) {
    if (plan.ok) {
      last = await readSeries(
        plan,
        (file) => ({ path: paths[file], known: null }),
        () => false,
      )
    } else if (plans.length === 1) return { ok: false, reason: plan.reason }
    if (last.ok && last.contentSha256 === contentSha256) return last
    all.push(last)
  }
  // Or several series that were stacked as channels.
  return all.length > 1 ? stackChannels(all, true) : last
}

async function readSeries(
  plan: ReadableSeries,
  sourceOf: (file: number) => SourceBytes,
  cancelled: () => boolean,
  progress: (share: number) => void = () => {},
  workplace?: Workplace,
): Promise<Outcome<ReadScan>> {
  const permutation = canonicalPermutation(plan.geometry)
  const hands = manyHands(sourceOf, cancelled, progress, workplace)
  const assembled = await assemble(plan, hands, permutation)
  if (!assembled.ok) return assembled
  const { volume } = assembled
  const hashes = [...hands.hashes]
  // Several volumes of one file differ in which of its frames they are.
  if (plan.slices.some(({ header }) => header.frames))
    hashes.push(new TextEncoder().encode(plan.slices.map(({ frame }) => frame).join()))
  return {
    ok: true,
    source: plan.geometry,
    volume,
    permutation,
    dtype: volume.type,
    contentSha256: hashBytes(...hashes),
    paths: filesInOrder(plan).map((file) => sourceOf(file).path),
    isLabelMap: false,
    warnings: assembled.warnings,
  }
}

/**
 * Series of a study that are channels by their descriptions (each channel's name, as a word, in that of one series), as
 * one case a study. Returns the plans that are dealt with; a study in which no or more than one series fits a channel is
 * refused as a whole, where it has any of them.
 */
async function importStudies(
  context: ImportContext,
  plans: readonly SeriesPlan[],
  { names, resample }: ChannelWish,
  files: readonly FoundFile[],
): Promise<Set<SeriesPlan>> {
  const dealt = new Set<SeriesPlan>()
  const words = (text: string) => ` ${text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ')} `
  for (const study of Map.groupBy(plans, (plan) => plan.studyUid).values()) {
    if (context.isCancelled()) break
    const fits = names.map((name) =>
      study.filter(
        (plan): plan is ReadableSeries => plan.ok && words(plan.identity.seriesDescription).includes(words(name)),
      ),
    )
    const any = fits.flat()
    if (any.length === 0) continue
    any.forEach((plan) => dealt.add(plan))
    const own = [...new Set(any.flatMap((plan) => plan.files))].map((file) => files[file])
    const lacking = missingChannels(fits.map(([plan]) => plan), names) // prettier-ignore
    const several = names.find((_, n) => fits[n].length > 1)
    const reason =
      lacking ??
      (several && `More than one series of the study is called “${several}”; name the channels more exactly.`)
    if (reason) refuseFile(context, nameFiles(own), reason, any[0].modality || 'DICOM')
    else
      await importSeries(
        context,
        any[0],
        files,
        own,
        fits.map(([plan]) => plan),
        resample,
        undefined,
        names,
      )
  }
  return dealt
}

async function importSeries(
  context: ImportContext,
  plan: ReadableSeries,
  files: readonly FoundFile[],
  own: readonly FoundFile[],
  channels: readonly ReadableSeries[] = [plan],
  resample = false,
  progress?: (share: number) => void,
  channelNames: string[] | null = null,
): Promise<void> {
  // Volumes that will be channels of one are in memory at the same time.
  const workplace =
    channels.length === 1 ? { draft: new VolumeDraft(context.request.folder), memory: new VolumeMemory() } : undefined
  let threadsRest = false
  try {
    const read = await guarded(async () => {
      const scans: Outcome<ReadScan>[] = []
      const sourceOf = (file: number) => ({ path: files[file].path, known: context.ahead.hashOf(files[file].path) })
      for (const channel of channels)
        scans.push(await readSeries(channel, sourceOf, context.isCancelled, progress, workplace))
      threadsRest = true
      return scans.length === 1 ? scans[0] : stackChannels(scans, resample)
    })
    await reportSeries(context, read, plan, files, own, channels, channelNames, workplace?.draft)
  } finally {
    await workplace?.draft.discard()
    if (threadsRest) workplace?.memory.giveBack()
  }
}

/** Adds a series that was read to the project, or says why it is not. */
async function reportSeries(
  context: ImportContext,
  read: Outcome<ReadScan>,
  plan: ReadableSeries,
  files: readonly FoundFile[],
  own: readonly FoundFile[],
  channels: readonly ReadableSeries[],
  channelNames: string[] | null,
  draft: VolumeDraft | undefined,
): Promise<void> {
  if (context.isCancelled()) return
  if (!read.ok) return refuseFile(context, nameFiles(own), read.reason, plan.modality || 'DICOM')
  const name =
    channels.length > 1 ? safeName(`${plan.modality || 'scan'} study ${plan.studyUid.slice(-6)}`) : caseName(plan)
  const sources = channels.flatMap(filesInOrder).map((file) => {
    const { path, size, modifiedMs } = files[file]
    return { path, size, modifiedMs }
  })
  const relative = own[0].relative
  const repeated = context.known.get(read.contentSha256)
  if (repeated) {
    context.met.set(repeated.id, { series: repeated, relative })
    noteInstances(context, repeated.id, channels)
    return context.send({ type: 'known', seriesId: repeated.id, name, sources })
  }
  const modality = plan.modality || 'unknown'
  const { studyUid, seriesUid, frameOfReference } = plan
  const dicom = { studyUid, seriesUid, frameOfReference }
  const scan = {
    name,
    stem: null,
    modality,
    reader: 'dicom' as const,
    relative,
    sources,
    identity: identityOf(plan),
    dicom,
    channelNames,
  }
  noteInstances(context, await addScan(context, read, scan, draft), channels)
}

/** Files of a plan in the order in which they are read. */
const filesInOrder = (plan: ReadableSeries) => [...new Set(plan.slices.map(({ file }) => file))]

/** Which images a scan is made of: labels may name these only. */
function noteInstances(context: ImportContext, seriesId: string, plans: readonly ReadableSeries[]): void {
  const slices = plans.flatMap((plan) => plan.slices)
  context.instances.set(seriesId, new Set(slices.map(({ header }) => header.sopInstance)))
}

function caseName(plan: SeriesPlan): string {
  const { patientName, patientId, seriesDescription } = plan.identity
  const number = plan.seriesNumber === undefined ? null : String(plan.seriesNumber)
  const name = dicomCaseName(plan.modality || 'scan', number, seriesDescription, [patientName, patientId])
  return plan.parts > 1 ? `${name} part ${plan.part}` : name
}

function identityOf({ identity }: SeriesPlan): Identity | null {
  const { patientName, patientId, birthDate, sex } = identity
  if (!patientName && !patientId && !birthDate) return null
  return { name: patientName || null, patientId: patientId || null, birthDate: birthDate || null, sex: sex || null }
}

/** A handful of files by name, more by the first and a number. */
function nameFiles(files: readonly FoundFile[]): string {
  if (files.length <= 5) return files.map(shortName).join(', ')
  return `${shortName(files[0])} … ${basename(files[files.length - 1].path)} (${files.length} files)`
}
