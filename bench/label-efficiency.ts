/**
 * The label-efficiency table: Dice on fixed validation scans, by pretext task and number of labelled scans, several seeds,
 * the same fine-tuning steps for every row. All through the command line, as a researcher would do it.
 *
 * Data: `HANDFUL_DATA` (or ../shared/data); label-efficiency/datasets.ts says which. Results go to
 * `label-efficiency-results/` (HANDFUL_RESULTS): results.json, table.md, figure.svg (Dice against the
 * number of labels), steps-N.svg (Dice against fine-tuning steps, N labels). A command that was stopped goes on
 * where it was, in the middle of a training, too. Trainings run side by side where cores allow (`--jobs`).
 * Other budgets than the two that are set below: `--data headneck --rows scratch,self-training --labels 3 --seeds 0,1 --finetune-steps 300`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openDataset } from './label-efficiency/datasets.ts'
import { drawFigure, drawSteps } from './label-efficiency/figure.ts'
import { planLanes, projectOf, workInLanes } from './label-efficiency/lanes.ts'
import { cellKey, pretrainKey, rowNames, startOf, unitsOf, type Unit } from './label-efficiency/rows.ts'
import {
  begunIn,
  handful,
  importDataset,
  openStore,
  pretrainOnce,
  tuneAndMeasure,
  type Place,
} from './label-efficiency/runs.ts'
import { computedOn, summarise, writeSeconds, writeTable } from './label-efficiency/table.ts'
import type { BenchOptions } from './index.ts'

const settings = {
  full: {
    rows: rowNames,
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
  data: 'hippocampus|hippocampus-1|…-5|headneck|FOLDER (images and labels, imagesTr and labelsTr, or BraTS)',
  rows: 'scratch,…',
  labels: '3,…|all',
  seeds: '0,…',
  'pretrain-steps': 'N',
  'finetune-steps': 'N',
  device: 'ID (as `handful doctor` lists them)',
  jobs: 'N (trainings side by side)',
}

export async function run(options: BenchOptions): Promise<void> {
  const folder = resolve(process.env.HANDFUL_RESULTS ?? 'label-efficiency-results', options.quick ? 'quick' : 'full')
  const dataset = openDataset(options.values.data ?? 'hippocampus', join(folder, 'links'))
  const { protocol } = dataset
  const chosen = readSettings(options, protocol.training.length)
  for (const seed of chosen.seeds) for (const labels of chosen.labels) protocol.subset(seed, labels)
  const { data: named, pretrainSteps, finetuneSteps } = chosen
  const kept = openStore(folder, JSON.stringify({ data: named, pretrainSteps, finetuneSteps }))
  const { store, save } = kept
  const validation = protocol.validation.join()
  const left = unitsOf(chosen).filter((unit) => unit.labels.some((labels) => !store.cells[cellKey(unit, labels)]))
  const { lanes, computing } = planLanes(options.values, left.length)
  await workInLanes(left, lanes, projectFor, makeCells)

  const cells = Object.values(store.cells).filter(({ seed }) => chosen.seeds.includes(seed))
  const summary = summarise(cells, chosen.rows, chosen.labels, (row) => startOf(row).twin)
  const heading = `${dataset.title}, ${protocol.validation.length} validation scans, ${chosen.seeds.length} seed(s), ${chosen.pretrainSteps} pretraining and ${chosen.finetuneSteps} fine-tuning steps. ${computedOn(cells)}`
  const table = writeTable(summary, chosen.labels, heading)
  writeFileSync(join(folder, 'table.md'), table)
  writeFileSync(join(folder, 'figure.svg'), drawFigure(summary, chosen.labels, heading))
  for (const labels of chosen.labels) {
    writeFileSync(join(folder, `steps-${labels}.svg`), drawSteps(cells, chosen.rows, labels, heading))
  }
  process.stdout.write(
    options.json ? JSON.stringify({ ...chosen, summary }, null, 2) + '\n' : table + writeSeconds(summary),
  )

  /** at: number of the project. */
  async function makeCells(unit: Unit, at: number): Promise<void> {
    const { row, seed } = unit
    const { fresh } = startOf(row)
    const project = projectOf(folder, at)
    const place = { folder: project, project: at }
    await importOnce(project)
    for (const labels of unit.labels) {
      const key = cellKey(unit, labels)
      if (store.cells[key]) continue
      const cases = protocol.subset(seed, labels).join()
      const from = await pretrain(unit, cases, place)
      const steps = chosen.finetuneSteps + (row === 'scratch-long' ? chosen.pretrainSteps : 0)
      const budget = ['--steps', String(steps), '--seed', String(seed)]
      const start = ['--cases', cases, fresh ? '--like' : '--from', from.run]
      if (row === 'self-training') start.push('--self-training')
      const measured = await tuneAndMeasure(kept, key, place, [...start, ...budget], validation, computing)
      store.cells[key] = {
        row,
        labels,
        seed,
        ...measured,
        pretrainSeconds: fresh ? 0 : from.seconds,
        chosen: row === 'auto' ? readChosen(join(project, 'runs', from.run)) : null,
      }
      save()
      process.stderr.write(`${key}: Dice ${measured.dice.toFixed(3)}\n`)
    }
  }

  async function importOnce(project: string): Promise<void> {
    if (existsSync(join(project, 'imported'))) return
    await importDataset(dataset, project)
    await handful(['cases', '--project', project, '--role', 'validation', '--cases', validation])
    writeFileSync(join(project, 'imported'), '')
  }

  function projectFor(unit: Unit): number | null {
    const cells = unit.labels.map((labels) => cellKey(unit, labels))
    // A random start has a plan in every project.
    return begunIn(store, cells, startOf(unit.row).fresh ? undefined : pretrainKey(unit, chosen.pretrainSteps))
  }

  /** cases: names of the labelled scans, which the automatic choice may compare on. */
  function pretrain(unit: Unit, cases: string, place: Place) {
    const { row, seed } = unit
    const { fresh, task, options } = startOf(row)
    const key =
      pretrainKey(unit, chosen.pretrainSteps) + (fresh && place.project > 0 ? `/project ${place.project + 1}` : '')
    const steps = fresh ? 1 : chosen.pretrainSteps
    // Without --cases: all training cases, so never a validation scan.
    const args = ['--task', task, ...options]
    if (row === 'auto') args.push('--probe', cases)
    return pretrainOnce(kept, key, place, [...args, '--steps', String(steps), '--seed', String(seed), ...computing])
  }
}

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
  const unknown = read.rows.find((row) => !rowNames.includes(row))
  if (unknown) throw new Error(`There is no row "${unknown}". Rows are: ${rowNames.join(', ')}.`)
  return read
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`"${text}" is no whole number.`)
  return Number(text)
}
