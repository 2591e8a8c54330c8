/** A data set on disk, as the Medical Segmentation Decathlon or BraTS lay theirs out. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { random } from '../../shared/domain/random.ts'
import type { PaperTuning } from '../../shared/domain/trainer.ts'

export interface Dataset {
  name: string
  images: string
  labels: string
  /** Names for `handful import`: of labels (value=name), and of the channels where each is a file; empty where there are none. */
  labelNames: string[]
  channels: string[]
  /** Cases that the data set's own protocol keeps apart; empty where it has none. */
  validation: string[]
  /** Whose constants the paper's fine-tuning has, and what it measures besides single labels, as `handful evaluate` takes it. */
  tuning: PaperTuning
  regions: readonly string[]
}

/** Share of the scans that is kept to measure on where the data set has no list of its own. */
const validationShare = 0.2

/** The scans to measure on: the data set's own list, where it has one, else drawn by lot from all names. */
export function keptApart(own: readonly string[], names: readonly string[]): readonly string[] {
  const count = Math.max(1, Math.round(validationShare * names.length))
  return own.length > 0 ? own : random(0, 'validation').shuffle([...names]).slice(0, count) // prettier-ignore
}

/** Of BraTS, in the order of its papers. */
const bratsChannels = ['t1', 't1ce', 't2', 'flair']
/** The nested regions of its challenge; the first one is what the publication draws. 1: necrosis, 2: oedema, 4: enhancing. */
const bratsRegions = ['Whole tumour=1+2+4', 'Tumour core=1+4', 'Enhancing tumour=4']

/**
 * imagesTr and labelsTr (or images and labels), with dataset.json or protocol.json where there is one; or BraTS: files that end
 * in _t1, _t1ce, _t2, _flair and _seg, in folders of any depth, for which links are made in `scratch`. Throws where it is neither.
 */
export function findDataset(folder: string, scratch: string): Dataset {
  if (!existsSync(folder)) throw new Error(`There is no folder ${folder}. Give the data set's folder with --data.`)
  const name = basename(folder)
  const labelNames = readLabelNames(folder)
  for (const [images, labels] of [
    ['imagesTr', 'labelsTr'],
    ['images', 'labels'],
  ]) {
    // prettier-ignore
    if (!existsSync(join(folder, images)) || !existsSync(join(folder, labels))) continue
    const found = { images: join(folder, images), labels: join(folder, labels) }
    const validation = readValidation(folder)
    return { name, ...found, labelNames, channels: [], validation, tuning: 'pancreas', regions: [] }
  }
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    /\.nii(\.gz)?$/.test(entry.name),
  )
  const isSegmentation = (file: string) => /_seg\.nii(\.gz)?$/.test(file)
  if (!files.some((entry) => isSegmentation(entry.name))) {
    throw new Error(
      `${folder} has neither imagesTr and labelsTr (Decathlon; or images and labels) nor files ending in _seg.nii.gz (BraTS). Give the data set's folder with --data.`,
    )
  }
  const [images, labels] = ['images', 'labels'].map((part) => join(scratch, part))
  for (const part of [images, labels]) {
    rmSync(part, { recursive: true, force: true })
    mkdirSync(part, { recursive: true })
  }
  for (const entry of files) {
    const to = join(isSegmentation(entry.name) ? labels : images, entry.name)
    symlinkSync(join(entry.parentPath, entry.name), to)
  }
  const brats = { channels: bratsChannels, tuning: 'brats' as const, regions: bratsRegions }
  return { name, images, labels, labelNames, ...brats, validation: [] }
}

/** From dataset.json of the Decathlon: { labels: { "0": "background", "1": "pancreas" } }. */
function readLabelNames(folder: string): string[] {
  const file = ['dataset.json', 'protocol.json'].map((name) => join(folder, name)).find(existsSync)
  if (!file) return []
  const { labels = {} } = JSON.parse(readFileSync(file, 'utf8')) as { labels?: Record<string, string> }
  return Object.entries(labels).flatMap(([value, name]) => (Number(value) > 0 ? [`${value}=${name}`] : []))
}

function readValidation(folder: string): string[] {
  const file = join(folder, 'protocol.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { validation: string[] }).validation : []
}
