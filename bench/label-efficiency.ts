/**
 * The label-efficiency table: Dice on fixed validation scans, by pretext task and number of labelled scans, several seeds,
 * the same fine-tuning steps for every row. All through the command line, as a researcher would do it.
 *
 * Data: `HANDFUL_DATA` (or ../shared/data); label-efficiency/datasets.ts says which. Results go to
 * `label-efficiency-results/` (HANDFUL_RESULTS): results.json, table.md, figure.svg (Dice against the
 * number of labels), steps.svg (Dice against fine-tuning steps). A command that was stopped goes on
 * where it was: every finished cell is kept. Trainings run side by side where cores allow (`--jobs`). Other budgets than the two that are set below:
 * `--data headneck --rows scratch,self-training --labels 3 --seeds 0,1 --finetune-steps 300`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { datasets, findDataset } from './label-efficiency/datasets.ts'
import { drawFigure, drawSteps } from './label-efficiency/figure.ts'
import { planLanes, projectOf, workInLanes } from './label-efficiency/lanes.ts'
import { handful, openStore, pretrainOnce, tuneAndMeasure } from './label-efficiency/runs.ts'
import { summarise, writeTable } from './label-efficiency/table.ts'
import type { BenchOptions } from './index.ts'

const paperTasks = ['rotation', 'jigsaw', 'relative-location', 'cpc', 'exemplar']
/**
 * The last row to be made is the dearest: a table that is stopped early has the rest. `scratch-long` has the steps of
 * pretraining as steps of fine-tuning: what the same time buys without any pretraining.
 */
const settings = {
  full: {
    rows: ['scratch', 'scratch-long', 'self-training', 'restoration', ...paperTasks, 'auto'],
    labels: [3, 5, 10],
    seeds: [0, 1, 2],
    pretrainSteps: 2000,
    finetuneSteps: 1000,
  },
  quick: {
    rows: ['scratch', 'self-training', 'restoration', 'relative-location', 'auto'],
    labels: [3],
    seeds: [0],
    pretrainSteps: 60,
    finetuneSteps: 60,
  },
}

export const options = {
  data: 'hippocampus|hippocampus-1|…-3|headneck',
  rows: 'scratch,…',
  labels: '3,…|all',
  seeds: '0,…',
  'pretrain-steps': 'N',
  'finetune-steps': 'N',
  jobs: 'N (trainings side by side)',
}

/** Rows without a pretraining. A random start takes over the plan of one (of one step): the rows differ in their start alone. */
const fresh = ['scratch', 'scratch-long', 'self-training']

/** What is made one after another in one project: numbers of labels that share a pretraining belong together. */
interface Unit {
  row: string
  seed: number
  labels: number[]
}

const unitsOf = ({ seeds, rows, labels }: { seeds: number[]; rows: string[]; labels: number[] }): Unit[] =>
  seeds.flatMap((seed) =>
    rows.flatMap((row) =>
      fresh.includes(row) || row === 'auto'
        ? labels.map((count) => ({ row, seed, labels: [count] }))
        : [{ row, seed, labels }],
    ),
  )

export async function run(options: BenchOptions): Promise<void> {
  const dataset = datasets[options.values.data ?? 'hippocampus']
  if (!dataset) throw new Error(`--data is one of: ${Object.keys(datasets).join(', ')}.`)
  const data = findDataset(dataset)
  const protocol = dataset.protocol(data)
  const chosen = readSettings(options, protocol.training.length)
  for (const seed of chosen.seeds) for (const labels of chosen.labels) protocol.subset(seed, labels)
  const folder = resolve(process.env.HANDFUL_RESULTS ?? 'label-efficiency-results', options.quick ? 'quick' : 'full')
  const { data: named, pretrainSteps, finetuneSteps } = chosen
  const kept = openStore(folder, JSON.stringify({ data: named, pretrainSteps, finetuneSteps }))
  const { store, save } = kept
  const validation = protocol.validation.join()
  const left = unitsOf(chosen).filter((unit) => unit.labels.some((labels) => !store.cells[cellKey(unit, labels)]))
  const { lanes, threads } = planLanes(options.values.jobs, left.length)
  await workInLanes(left, lanes, begunIn, makeCells)

  const cells = Object.values(store.cells).filter(({ seed }) => chosen.seeds.includes(seed))
  const summary = summarise(cells, chosen.rows, chosen.labels)
  const heading = `${dataset.title}, ${protocol.validation.length} validation scans, ${chosen.seeds.length} seed(s), ${chosen.pretrainSteps} pretraining and ${chosen.finetuneSteps} fine-tuning steps.`
  const table = writeTable(summary, chosen.labels, heading)
  writeFileSync(join(folder, 'table.md'), table)
  writeFileSync(join(folder, 'figure.svg'), drawFigure(summary, chosen.labels, heading))
  writeFileSync(join(folder, 'steps.svg'), drawSteps(cells, chosen.rows, chosen.labels[0], heading))
  process.stdout.write(options.json ? JSON.stringify({ ...chosen, summary }, null, 2) + '\n' : table)

  /** at: number of the project. */
  async function makeCells(unit: Unit, at: number): Promise<void> {
    const { row, seed } = unit
    const project = projectOf(folder, at)
    await importOnce(project)
    for (const labels of unit.labels) {
      const key = cellKey(unit, labels)
      if (store.cells[key]) continue
      const cases = protocol.subset(seed, labels).join()
      const from = await pretrain(unit, cases, at)
      const steps = chosen.finetuneSteps + (row === 'scratch-long' ? chosen.pretrainSteps : 0)
      const budget = ['--steps', String(steps), '--seed', String(seed)]
      const start = ['--cases', cases, fresh.includes(row) ? '--like' : '--from', from.run]
      if (row === 'self-training') start.push('--self-training')
      const measured = await tuneAndMeasure(project, [...start, ...budget], validation, threads)
      store.cells[key] = {
        row,
        labels,
        seed,
        ...measured,
        pretrainSeconds: fresh.includes(row) ? 0 : from.seconds,
        chosen: row === 'auto' ? readChosen(join(project, 'runs', from.run)) : null,
      }
      save()
      process.stderr.write(`${key}: Dice ${measured.dice.toFixed(3)}\n`)
    }
  }

  async function importOnce(project: string): Promise<void> {
    if (existsSync(join(project, 'imported'))) return
    const labels = ['--labels', join(data, 'labels'), ...dataset.labels.flatMap((label) => ['--label', label])]
    const modality = dataset.modality ? ['--modality', dataset.modality] : []
    await handful(['import', join(data, 'images'), '--project', project, ...labels, ...modality])
    await handful(['cases', '--project', project, '--role', 'validation', '--cases', validation])
    writeFileSync(join(project, 'imported'), '')
  }

  function begunIn(unit: Unit): number | null {
    if (fresh.includes(unit.row)) return null
    const known = store.pretrained[pretrainKey(unit, chosen.pretrainSteps)]
    return known ? (known.project ?? 0) : null
  }

  /** cases: names of the labelled scans, which the automatic choice may compare on. */
  function pretrain(unit: Unit, cases: string, at: number) {
    const { row, seed } = unit
    const task = fresh.includes(row) ? 'restoration' : row
    const steps = fresh.includes(row) ? 1 : chosen.pretrainSteps
    const key = pretrainKey(unit, steps) + (fresh.includes(row) && at > 0 ? `/project ${at + 1}` : '')
    // Without --cases: all training cases, so never a validation scan.
    const args = ['--project', projectOf(folder, at), '--task', task, ...(row === 'auto' ? ['--probe', cases] : [])]
    return pretrainOnce(kept, key, at, [...args, '--steps', String(steps), '--seed', String(seed), ...threads])
  }
}

const cellKey = ({ row, seed }: Unit, labels: number): string => `${row}/${labels}/${seed}`

const pretrainKey = ({ row, seed, labels }: Unit, steps: number): string =>
  [fresh.includes(row) ? 'restoration' : row, seed, ...(row === 'auto' ? labels : []), steps].join('/')

function readChosen(folder: string): string {
  const file = readFileSync(join(folder, 'choice.json'), 'utf8')
  const { chosen, selfTraining } = JSON.parse(file) as { chosen: string; selfTraining?: boolean }
  return selfTraining ? `${chosen} + self-training` : chosen
}

/** The full or the quick settings, as far as the command says nothing else. */
function readSettings({ quick, values }: BenchOptions, all: number) {
  const base = quick ? settings.quick : settings.full
  const list = (name: string, otherwise: (string | number)[]) => values[name]?.split(',') ?? otherwise.map(String)
  const read = {
    data: values.data ?? 'hippocampus',
    rows: list('rows', base.rows),
    labels: list('labels', base.labels).map((text) => (text === 'all' ? all : whole(text))),
    seeds: list('seeds', base.seeds).map(whole),
    pretrainSteps: whole(values['pretrain-steps'] ?? String(base.pretrainSteps)),
    finetuneSteps: whole(values['finetune-steps'] ?? String(base.finetuneSteps)),
  }
  const unknown = read.rows.find((row) => !settings.full.rows.includes(row))
  if (unknown) throw new Error(`There is no row "${unknown}". Rows are: ${settings.full.rows.join(', ')}.`)
  return read
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`"${text}" is no whole number.`)
  return Number(text)
}
