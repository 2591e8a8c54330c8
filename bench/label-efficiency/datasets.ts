/** The data sets that the table can be made on: where they are, their labels, which scans teach and which measure. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { random } from '../../shared/domain/random.ts'
import { findDataset, keptApart } from '../paper/dataset.ts'

export interface Protocol {
  /** Names of the scans that are measured on and never learnt from. */
  validation: string[]
  /** Names of all others, which are labelled, too. */
  training: string[]
  /** Names of the labelled scans that a row learns from; for one seed, fewer are among more. Throws for a number it has none of. */
  subset(seed: number, labels: number): string[]
}

interface Dataset {
  title: string
  /** In the folder of real data. */
  folder: string
  /** As `handful import --label` takes them. */
  labels: string[]
  /** Where the files do not say it. */
  modality?: string
  protocol(folder: string): Protocol
}

const hippocampus: Dataset = {
  title: 'Hippocampus (Decathlon Task04)',
  folder: 'seg/hippocampus-msd',
  labels: ['1=Anterior', '2=Posterior'],
  protocol(folder) {
    const { validation, subsets } = JSON.parse(readFileSync(join(folder, 'protocol.json'), 'utf8')) as {
      validation: string[]
      subsets: Record<string, Record<string, string[]>>
    }
    const training = scansBut(validation, folder)
    const subset = (seed: number, labels: number) => {
      const drawn = labels === training.length ? training : subsets[seed]?.[labels]
      if (drawn) return drawn
      const [seeds, numbers] = [Object.keys(subsets), Object.keys(subsets[0])]
      throw new Error(
        `${labels} labels for seed ${seed}: the protocol has subsets for the seeds ${seeds.join(', ')}, of ${numbers.join(', ')} scans or all.`,
      )
    }
    return { validation, training, subset }
  },
}

/**
 * The protocol's training scans, divided by lot into five lists: one of them measures in place of the protocol's list, which then
 * teaches. With the protocol's, all scans are measured once: how much hangs on the list? As in the protocol, neighbours in the
 * numbering stay together, since they are often two sides of one subject.
 */
const divided = (list: number): Dataset => ({
  ...hippocampus,
  title: `${hippocampus.title}, validation list ${list} of five others`,
  protocol(folder) {
    const validation = divide(hippocampus.protocol(folder).training)[list - 1]
    const training = scansBut(validation, folder)
    return { validation, training, subset: byLot(training) }
  },
})

/** Names in order to five lists of about the same length, the same ones each time. */
export function divide(names: readonly string[]): string[][] {
  const lists: string[][] = [[], [], [], [], []]
  for (const run of random(0, 'validation lists').shuffle(runsOf(names))) {
    lists.reduce((least, one) => (one.length < least.length ? one : least)).push(...run)
  }
  return lists
}

/** Names in order, in runs whose numbers (at their end) follow one another. */
function runsOf(names: readonly string[]): string[][] {
  const runs: string[][] = []
  for (const name of names) {
    const last = runs.at(-1)?.at(-1)
    if (last !== undefined && numberOf(name) === numberOf(last) + 1) runs.at(-1)?.push(name)
    else runs.push([name])
  }
  return runs
}

const numberOf = (name: string): number => Number(/\d+$/.exec(name)?.[0])

/** Subsets where no protocol names them. */
const byLot =
  (training: string[]): Protocol['subset'] =>
  (seed, labels) =>
    random(seed, 'label-efficiency subset')
      .shuffle([...training])
      .slice(0, labels)

const datasets: Readonly<Record<string, Dataset>> = {
  hippocampus,
  ...Object.fromEntries([1, 2, 3, 4, 5].map((list) => [`hippocampus-${list}`, divided(list)])),
  headneck: {
    title: 'Head and neck CT (OpenKBP)',
    folder: 'seg/headneck-ct-openkbp',
    // CT numbers + 1024: not to be told from those of other scanners.
    modality: 'CT',
    labels: ['1=Brainstem', '2=Cord', '3=ParotidR', '4=ParotidL', '5=Mandible'],
    // No protocol comes with it: the last ten by name measure, and the seed draws the subsets from the others.
    protocol(folder) {
      const names = scansIn(folder)
      const [training, validation] = [names.slice(0, -10), names.slice(-10)]
      return { validation, training, subset: byLot(training) }
    },
  },
}

const scansIn = (folder: string): string[] =>
  readdirSync(join(folder, 'images'))
    .map((file) => file.replace('.nii.gz', ''))
    .sort()

const scansBut = (validation: string[], folder: string): string[] =>
  scansIn(folder).filter((name) => !validation.includes(name))

/** A data set that was found. */
export interface OpenDataset {
  title: string
  /** Folders of scans and of label maps. */
  images: string
  labels: string
  /** As `handful import` takes them: of labels; of channels where each is a file, else empty. */
  labelNames: string[]
  channels: string[]
  modality?: string
  protocol: Protocol
}

/** name: one of those above, or a folder (see findDataset). scratch: for links, where a data set needs them. Throws where it is not there. */
export function openDataset(name: string, scratch: string): OpenDataset {
  const known = datasets[name]
  if (!known) return openFolder(name, scratch)
  const { title, labels: labelNames, modality } = known
  const folder = join(resolve(process.env.HANDFUL_DATA ?? '../shared/data'), known.folder)
  const [images, labels] = [join(folder, 'images'), join(folder, 'labels')]
  if (!existsSync(images)) {
    throw new Error(`There is no ${folder}. Set HANDFUL_DATA to the folder that holds ${known.folder}.`)
  }
  return { title, images, labels, labelNames, channels: [], modality, protocol: known.protocol(folder) }
}

function openFolder(folder: string, scratch: string): OpenDataset {
  if (!existsSync(folder)) throw new Error(`--data is a folder, or one of: ${Object.keys(datasets).join(', ')}.`)
  const { name, images, labels, labelNames, channels, validation: own } = findDataset(resolve(folder), scratch)
  const names = readdirSync(labels)
    .filter((file) => /^[^.].*\.nii(\.gz)?$/.test(file))
    .map((file) => file.replace(/(_seg)?\.nii(\.gz)?$/, ''))
    .sort()
  const validation = [...keptApart(own, names)]
  const training = names.filter((one) => !validation.includes(one))
  const protocol = { validation, training, subset: byLot(training) }
  return { title: name, images, labels, labelNames, channels, protocol }
}
