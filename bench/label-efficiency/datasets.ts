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

/** Thirty scans drawn by lot measure in place of the protocol's thirty, which then teach: how much hangs on the list? */
const drawn = (list: number): Dataset => ({
  ...hippocampus,
  title: `${hippocampus.title}, validation list ${list} drawn by lot`,
  protocol(folder) {
    const pool = hippocampus.protocol(folder).training
    const validation = random(list, 'list B')
      .shuffle([...pool])
      .slice(0, 30)
    const training = scansBut(validation, folder)
    return { validation, training, subset: byLot(training) }
  },
})

/** Subsets where no protocol names them. */
const byLot =
  (training: string[]): Protocol['subset'] =>
  (seed, labels) =>
    random(seed, 'label-efficiency subset')
      .shuffle([...training])
      .slice(0, labels)

const datasets: Readonly<Record<string, Dataset>> = {
  hippocampus,
  'hippocampus-1': drawn(1),
  'hippocampus-2': drawn(2),
  'hippocampus-3': drawn(3),
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
