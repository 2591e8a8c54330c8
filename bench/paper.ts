/**
 * The protocol of Taleb et al. (NeurIPS 2020) on a data set laid out like those of the Medical Segmentation Decathlon or BraTS:
 * each task in the recipe `paper`, in 3D and as its 2D counterpart, fine-tuned on shares of the labelled scans, beside a random
 * start with the same plan and steps. All through the command line.
 *
 * Data: --data (default: hippocampus-msd in HANDFUL_DATA, or ../shared/data). Results: `paper-results/` (HANDFUL_RESULTS):
 * results.json, table.md, figure.svg. A command that was stopped goes on where it was, in the middle of a training, too.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { random } from '../shared/domain/random.ts'
import { drawFigure } from './label-efficiency/figure.ts'
import { planLanes, projectOf, workInLanes } from './label-efficiency/lanes.ts'
import {
  begunIn,
  handful,
  importDataset,
  openStore,
  pretrainOnce,
  tuneAndMeasure,
  type Cell,
  type Place,
} from './label-efficiency/runs.ts'
import { computedOn, summarise, writeDice, writeSeconds, writeTable } from './label-efficiency/table.ts'
import { findDataset, keptApart, type Dataset } from './paper/dataset.ts'
import type { BenchOptions } from './index.ts'

const tasks = ['cpc', 'relative-location', 'jigsaw', 'rotation', 'exemplar']
/** Steps, not epochs: every row has the same. The published ones: 1000 epochs of pretraining, 400 of fine-tuning (pancreas). */
const settings = {
  full: { tasks, dimensions: [3, 2], percent: [5, 10, 25, 50, 100], seeds: [0, 1, 2], cube: 128, pretrainSteps: 20_000, steps: 10_000 }, // prettier-ignore
  quick: { tasks: ['rotation'], dimensions: [3, 2], percent: [5, 100], seeds: [0], cube: 32, pretrainSteps: 30, steps: 60 }, // prettier-ignore
}
type Settings = typeof settings.full

export const options = {
  data: 'FOLDER (with imagesTr and labelsTr, or BraTS)',
  tasks: `LIST of ${tasks.join(',')}`,
  dimensions: 'LIST of 3,2',
  percent: 'LIST of shares of the labelled scans',
  seeds: 'LIST',
  cube: 'VOXELS (multiple of 16)',
  'pretrain-steps': 'NUMBER',
  steps: 'NUMBER (of fine-tuning)',
  device: 'ID (as `handful doctor` lists them)',
  jobs: 'NUMBER (of trainings side by side)',
}

const rowName = (task: string, dimensions: number) => (dimensions === 2 ? `${task}, 2D` : task)

export async function run({ json, quick, values }: BenchOptions): Promise<void> {
  const chosen = choose(quick ? settings.quick : settings.full, values)
  const data = resolve(values.data ?? join(process.env.HANDFUL_DATA ?? '../shared/data', 'seg/hippocampus-msd'))
  const folder = resolve(process.env.HANDFUL_RESULTS ?? 'paper-results', quick ? 'quick' : 'full')
  const dataset = findDataset(data, join(folder, 'links'))
  const { cube, pretrainSteps, steps } = chosen
  const kept = openStore(folder, JSON.stringify({ data, cube, pretrainSteps, steps, quick }))
  const { store, save } = kept
  const rows = chosen.dimensions.flatMap((d) => ['scratch', ...chosen.tasks].map((task) => ({ task, d })))
  const left = unitsOf(chosen).filter((unit) =>
    unit.tasks.some((task) => chosen.percent.some((percent) => !store.cells[cellKey(unit, task, percent)])),
  )
  const { lanes, computing } = planLanes(values, left.length)
  // Every lane imports the same; what the first one holds is what the table speaks of.
  const { training, validation } = await importOnce(dataset, projectOf(folder, 0), quick)
  await workInLanes(left, lanes, projectFor, makeCells)

  const cells = Object.values(store.cells).filter(({ seed }) => chosen.seeds.includes(seed))
  const names = rows.map(({ task, d }) => rowName(task, d))
  const twinOf = (name: string) => rowName('scratch', name.endsWith(', 2D') ? 2 : 3)
  const summary = summarise(cells, names, chosen.percent, twinOf)
  const heading = `${dataset.name}: recipe of the paper, cube ${chosen.cube}, ${training.length} labelled scans, ${validation.length} to measure on, ${chosen.seeds.length} seed(s), ${chosen.pretrainSteps} pretraining and ${chosen.steps} fine-tuning steps. ${computedOn(cells)}`
  const against2D = chosen.dimensions.length === 2 ? compareDimensions(cells, chosen) : []
  const table =
    writeTable(summary, chosen.percent, heading, ' %') +
    '\n' +
    writeRegions(cells, names, chosen.percent, twinOf) +
    writeComparison(against2D, chosen.percent)
  writeFileSync(join(folder, 'table.md'), table)
  writeFileSync(join(folder, 'figure.svg'), drawFigure(summary, chosen.percent, heading, '% of the labelled scans'))
  process.stdout.write(
    json ? JSON.stringify({ ...chosen, summary, against2D }, null, 2) + '\n' : table + writeSeconds(summary),
  )

  async function makeCells(unit: Unit, at: number): Promise<void> {
    const { d, seed } = unit
    const place = { folder: projectOf(folder, at), project: at }
    await importOnce(dataset, place.folder, quick)
    for (const task of unit.tasks) {
      for (const percent of chosen.percent) {
        const key = cellKey(unit, task, percent)
        if (store.cells[key]) continue
        const from = await pretrain(unit, place)
        const cases = shareOf(training, percent, seed)
        const start = ['--cases', cases.join(), task === 'scratch' ? '--like' : '--from', from.run]
        const budget = ['--steps', String(chosen.steps), '--seed', String(seed)]
        const wish = [...start, ...budget, '--paper-tuning', dataset.tuning]
        const measured = await tuneAndMeasure(kept, key, place, wish, validation.join(), computing, dataset.regions)
        const pretrainSeconds = task === 'scratch' ? 0 : from.seconds
        store.cells[key] = { row: rowName(task, d), labels: percent, seed, ...measured, pretrainSeconds, chosen: null }
        save()
        process.stderr.write(`${key} (${cases.length} scans): Dice ${measured.dice.toFixed(3)}\n`)
      }
    }
  }

  function projectFor(unit: Unit): number | null {
    const cells = unit.tasks.flatMap((task) => chosen.percent.map((percent) => cellKey(unit, task, percent)))
    return begunIn(store, cells, pretrainKey(unit))
  }

  function pretrain(unit: Unit, place: Place) {
    const { d, seed } = unit
    const recipe = ['--task', pretaskOf(unit), '--recipe', 'paper', '--cube', String(chosen.cube), '--dimensions', String(d)] // prettier-ignore
    // By `code`, CPC hardly learns: docs/learning.md has the figures.
    if (pretaskOf(unit) === 'cpc') recipe.push('--variant', 'text')
    const budget = ['--steps', String(chosen.pretrainSteps), '--seed', String(seed)]
    // Without --cases: all training cases, so never one that is measured on.
    return pretrainOnce(kept, pretrainKey(unit), place, [...recipe, ...budget, ...computing])
  }
}

/** What one pretraining is for. A random start takes over the plan of the first task's. */
interface Unit {
  tasks: string[]
  d: number
  seed: number
}

function unitsOf({ seeds, dimensions, tasks: [first, ...others] }: Settings): Unit[] {
  const groups = [['scratch', first], ...others.map((task) => [task])]
  return seeds.flatMap((seed) => dimensions.flatMap((d) => groups.map((group) => ({ tasks: group, d, seed }))))
}

const pretaskOf = ({ tasks }: Unit): string => tasks.at(-1)!
const pretrainKey = (unit: Unit): string => `${rowName(pretaskOf(unit), unit.d)}/${unit.seed}`
const cellKey = ({ d, seed }: Unit, task: string, percent: number): string => `${rowName(task, d)}/${percent}/${seed}`

function choose(from: Settings, values: Readonly<Record<string, string>>): Settings {
  const list = (name: string, known: number[]) => (values[name] ? values[name].split(',').map(Number) : known)
  const chosen = {
    tasks: values.tasks?.split(',') ?? from.tasks,
    dimensions: list('dimensions', from.dimensions),
    percent: list('percent', from.percent),
    seeds: list('seeds', from.seeds),
    cube: Number(values.cube ?? from.cube),
    pretrainSteps: Number(values['pretrain-steps'] ?? from.pretrainSteps),
    steps: Number(values.steps ?? from.steps),
  }
  const odd = chosen.tasks.find((task) => !tasks.includes(task))
  if (odd) throw new Error(`The paper has no task "${odd}". Choose among ${tasks.join(', ')}.`)
  if (chosen.percent.some((p) => !(p > 0 && p <= 100))) throw new Error('--percent takes shares above 0, up to 100.')
  if (chosen.dimensions.some((d) => d !== 2 && d !== 3)) throw new Error('--dimensions takes 3, 2 or 3,2.')
  return chosen
}

/** The share of the scans that a seed draws; a smaller one is a part of a larger one. */
function shareOf(training: readonly string[], percent: number, seed: number): string[] {
  const order = random(seed, 'share of the labels').shuffle([...training])
  return order.slice(0, Math.max(1, Math.round((percent / 100) * order.length)))
}

/** Imports the data set and keeps some scans apart. Returns the names of labelled scans. quick: fewer are measured on. */
async function importOnce(dataset: Dataset, project: string, quick: boolean) {
  const mark = join(project, 'imported')
  if (!existsSync(mark)) {
    await importDataset(dataset, project)
    const cases = await labelledCases(project)
    const own = dataset.validation.filter((name) => cases.some((entry) => entry.name === name))
    const apart = keptApart(
      own,
      cases.map(({ name }) => name),
    )
    await handful(['cases', '--project', project, '--role', 'validation', '--cases', apart.join()])
    writeFileSync(mark, '')
  }
  const cases = await labelledCases(project)
  const of = (role: string) => cases.filter((entry) => entry.role === role).map(({ name }) => name)
  const validation = of('validation')
  return { training: of('training'), validation: quick ? validation.slice(0, 6) : validation }
}

async function labelledCases(project: string): Promise<{ name: string; role: string }[]> {
  const { cases } = await handful<{ cases: { name: string; role: string; status: string }[] }>([
    'cases',
    '--project',
    project,
  ])
  return cases.filter(({ status }) => status !== 'unlabelled')
}

/** Scores of each region that was measured, such as the whole tumour of BraTS. */
function writeRegions(
  cells: readonly Cell[],
  names: readonly string[],
  percent: readonly number[],
  twinOf: (name: string) => string,
): string {
  const regions = cells.find((cell) => cell.regions)?.regions ?? []
  return regions
    .map(({ name }, n) => {
      const own = cells.flatMap((cell) => {
        const dice = cell.regions?.[n].dice ?? null
        return dice === null ? [] : [{ ...cell, dice }]
      })
      return writeDice(summarise(own, names, percent, twinOf), percent, `Dice of the region "${name}":`, ' %') + '\n'
    })
    .join('')
}

interface Comparison {
  task: string
  /** By share: mean over the seeds of (3D - 2D) with the same scans; null where one is missing. */
  difference: Record<number, number | null>
}

function compareDimensions(cells: readonly Cell[], { tasks, percent }: Settings): Comparison[] {
  return ['scratch', ...tasks].map((task) => ({
    task,
    difference: Object.fromEntries(
      percent.map((share) => {
        const own = cells.filter((cell) => cell.row === task && cell.labels === share)
        const pairs = own.flatMap((cell) => {
          const other = cells.find((c) => c.row === rowName(task, 2) && c.labels === share && c.seed === cell.seed)
          return other ? [cell.dice - other.dice] : []
        })
        return [share, pairs.length ? pairs.reduce((sum, v) => sum + v, 0) / pairs.length : null]
      }),
    ),
  }))
}

function writeComparison(rows: readonly Comparison[], percent: readonly number[]): string {
  if (rows.length === 0) return ''
  const line = (cells: string[]) => `| ${cells.join(' | ')} |\n`
  const signed = (value: number | null) => (value === null ? '–' : (value < 0 ? '−' : '+') + Math.abs(value).toFixed(3))
  return (
    'Dice of 3D less that of its 2D counterpart, with the same scans and steps:\n\n' +
    line(['start', ...percent.map((p) => `${p} %`)]) +
    line(['---', ...percent.map(() => '---')]) +
    rows.map(({ task, difference }) => line([task, ...percent.map((p) => signed(difference[p]))])).join('')
  )
}
