/** The rows of the table: how each one starts. */

const tasks = ['rotation', 'jigsaw', 'relative-location', 'cpc', 'exemplar']
const ofPaper = '-paper'

/**
 * All rows; the last one to be made is the dearest: a table that is stopped early has the rest. `scratch-long` has the steps of
 * pretraining as steps of fine-tuning: what the same time buys without any pretraining. Rows of the recipe `paper` have a twin
 * of their own, with its network.
 */
export const rowNames = [
  'scratch',
  'scratch-long',
  'self-training',
  'restoration',
  ...tasks,
  ...['scratch', ...tasks].map((name) => name + ofPaper),
  'auto',
]

export interface Start {
  /** Without a pretraining: a random start takes over the plan of one of a single step, so that rows differ in their start alone. */
  fresh: boolean
  task: string
  /** Of the pretraining, as the command line takes them. */
  options: string[]
  /** The row that it is held against. */
  twin: string
}

/** A cube of 32 voxels: a little less than scans of hippocampus-msd have, and seconds a step at 128. */
const paperOptions = ['--recipe', 'paper', '--cube', '32']

export function startOf(row: string): Start {
  const paper = row.endsWith(ofPaper)
  const name = paper ? row.slice(0, -ofPaper.length) : row
  const fresh = ['scratch', 'scratch-long', 'self-training'].includes(name)
  // CPC of the paper learns by the loss of its text (docs/learning.md).
  const variant = paper && name === 'cpc' ? ['--variant', 'text'] : []
  return {
    fresh,
    task: fresh ? (paper ? 'rotation' : 'restoration') : name,
    options: paper ? [...paperOptions, ...variant] : [],
    twin: paper ? `scratch${ofPaper}` : 'scratch',
  }
}

export interface Unit {
  row: string
  seed: number
  labels: number[]
}

/** What is made one after another in one project: numbers of labels that share a pretraining belong together. */
export const unitsOf = ({ seeds, rows, labels }: { seeds: number[]; rows: string[]; labels: number[] }): Unit[] =>
  seeds.flatMap((seed) =>
    rows.flatMap((row) =>
      startOf(row).fresh || row === 'auto'
        ? labels.map((count) => ({ row, seed, labels: [count] }))
        : [{ row, seed, labels }],
    ),
  )

export const cellKey = ({ row, seed }: Unit, labels: number): string => `${row}/${labels}/${seed}`

/** Of the store: pretraining with a task is the same for all numbers of labels, the automatic choice is not. */
export function pretrainKey({ row, seed, labels }: Unit, steps: number): string {
  const { fresh, task, options } = startOf(row)
  const name = task + (options.length > 0 ? ofPaper : '')
  return [name, seed, ...(row === 'auto' ? labels : []), fresh ? 1 : steps].join('/')
}
