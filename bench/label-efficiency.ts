/**
 * The label-efficiency table: Dice on fixed validation scans, by pretext task and number of labelled scans, several seeds,
 * the same fine-tuning steps for every row. All through the command line, as a researcher would do it.
 *
 * Data: `HANDFUL_DATA` (or ../shared/data), set seg/hippocampus-msd with its protocol.json. Results go to
 * `label-efficiency-results/` (HANDFUL_RESULTS): results.json, table.md, figure.svg (Dice against the
 * number of labels), steps.svg (Dice against fine-tuning steps). A command that was stopped goes on
 * where it was: every finished cell is kept.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drawFigure, drawSteps } from './label-efficiency/figure.ts'
import { summarise, writeTable } from './label-efficiency/table.ts'
import type { BenchOptions } from './index.ts'

/** One fine-tuned and measured model. */
export interface Cell {
  row: string
  labels: number
  seed: number
  dice: number
  pretrainSeconds: number
  finetuneSeconds: number
  /** Validation Dice while it learnt: [step, mean Dice over the scans watched]. */
  curve: [number, number][]
  /** What the automatic choice took; null for the other rows. */
  chosen: string | null
}

interface Store {
  protocol: string
  /** Pretraining runs by row and seed (for "auto" also by number of labels, which it is told of); their seconds. */
  pretrained: Record<string, { run: string; seconds: number }>
  cells: Record<string, Cell>
}

const paperTasks = ['rotation', 'jigsaw', 'relative-location', 'cpc', 'exemplar']
/** The last row to be made is the dearest: a table that is stopped early has the rest. */
const settings = {
  full: {
    rows: ['scratch', 'restoration', ...paperTasks, 'auto'],
    labels: [3, 5, 10],
    seeds: [0, 1, 2],
    pretrainSteps: 2000,
    finetuneSteps: 1000,
  },
  quick: {
    rows: ['scratch', 'restoration', 'relative-location', 'auto'],
    labels: [3],
    seeds: [0],
    pretrainSteps: 60,
    finetuneSteps: 60,
  },
}

export async function run(options: BenchOptions): Promise<void> {
  const chosen = options.quick ? settings.quick : settings.full
  const data = join(resolve(process.env.HANDFUL_DATA ?? '../shared/data'), 'seg/hippocampus-msd')
  if (!existsSync(join(data, 'protocol.json'))) {
    throw new Error(`There is no ${data}/protocol.json. Set HANDFUL_DATA to the folder that holds seg/hippocampus-msd.`)
  }
  const protocol = JSON.parse(readFileSync(join(data, 'protocol.json'), 'utf8')) as {
    validation: string[]
    subsets: Record<string, Record<string, string[]>>
  }
  const folder = resolve(process.env.HANDFUL_RESULTS ?? 'label-efficiency-results', options.quick ? 'quick' : 'full')
  const project = join(folder, 'project')
  mkdirSync(folder, { recursive: true })
  const store = loadStore(folder, JSON.stringify(chosen))
  const save = () => saveStore(folder, store)

  if (!existsSync(join(project, 'imported'))) {
    const labels = ['--labels', join(data, 'labels'), '--label', '1=Anterior', '--label', '2=Posterior']
    await handful(['import', join(data, 'images'), '--project', project, ...labels])
    await handful(['cases', '--project', project, '--role', 'validation', '--cases', protocol.validation.join()])
    writeFileSync(join(project, 'imported'), '')
  }
  const validation = protocol.validation.join()
  for (const seed of chosen.seeds) {
    for (const row of chosen.rows) {
      for (const labels of chosen.labels) {
        const key = `${row}/${labels}/${seed}`
        if (store.cells[key]) continue
        const cases = protocol.subsets[String(seed)][String(labels)].join()
        // Scratch takes over the plan of a pretraining: the rows differ in their start alone.
        const from = await pretrain(row === 'scratch' ? 'restoration' : row, seed, row === 'auto' ? cases : null)
        const began = Date.now()
        const budget = ['--steps', String(chosen.finetuneSteps), '--seed', String(seed)]
        const start = ['--cases', cases, row === 'scratch' ? '--like' : '--from', from.run]
        const { model, run } = await handful<{ model: string; run: string }>([
          'finetune',
          '--project',
          project,
          ...start,
          ...budget,
        ])
        const finetuneSeconds = (Date.now() - began) / 1000
        const measured = ['--project', project, '--model', model, '--cases', validation]
        await handful(['predict', ...measured])
        const { dice } = await handful<{ dice: number }>(['evaluate', ...measured])
        store.cells[key] = {
          row,
          labels,
          seed,
          dice,
          pretrainSeconds: row === 'scratch' ? 0 : from.seconds,
          finetuneSeconds,
          curve: readCurve(join(project, 'runs', run)),
          chosen: row === 'auto' ? readChosen(join(project, 'runs', from.run)) : null,
        }
        save()
        process.stderr.write(`${key}: Dice ${dice.toFixed(3)}\n`)
      }
    }
  }
  const summary = summarise(Object.values(store.cells), chosen.rows, chosen.labels)
  const heading = `Hippocampus (Decathlon Task04), ${protocol.validation.length} validation scans, ${chosen.seeds.length} seed(s), ${chosen.pretrainSteps} pretraining and ${chosen.finetuneSteps} fine-tuning steps.`
  const table = writeTable(summary, chosen.labels, heading)
  writeFileSync(join(folder, 'table.md'), table)
  writeFileSync(join(folder, 'figure.svg'), drawFigure(summary, chosen.labels, heading))
  writeFileSync(
    join(folder, 'steps.svg'),
    drawSteps(Object.values(store.cells), chosen.rows, chosen.labels[0], heading),
  )
  process.stdout.write(options.json ? JSON.stringify({ ...chosen, summary }, null, 2) + '\n' : table)

  /** probe: names of the labelled scans that the automatic choice may compare on; null for a single task. */
  async function pretrain(task: string, seed: number, probe: string | null) {
    const key = probe === null ? `${task}/${seed}` : `${task}/${seed}/${probe.split(',').length}`
    if (!store.pretrained[key]) {
      const began = Date.now()
      const budget = ['--steps', String(chosen.pretrainSteps), '--seed', String(seed)]
      // Without --cases: all training cases, so never a validation scan.
      const { run } = await handful<{ run: string }>([
        'pretrain',
        '--project',
        project,
        '--task',
        task,
        ...(probe === null ? [] : ['--probe', probe]),
        ...budget,
      ])
      store.pretrained[key] = { run, seconds: (Date.now() - began) / 1000 }
      save()
    }
    return store.pretrained[key]
  }
}

/** [step, validation Dice] of a run, as far as it was watched. */
function readCurve(folder: string): [number, number][] {
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n')
  const metrics = lines.map((line) => JSON.parse(line) as { step: number; values: Record<string, number> })
  return metrics.flatMap(({ step, values }) => ('validation Dice' in values ? [[step, values['validation Dice']]] : []))
}

const readChosen = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, 'choice.json'), 'utf8')) as { chosen: string }).chosen

/** One command of the command line, with --json. */
function handful<T>(args: string[]): Promise<T> {
  return new Promise((done, failed) => {
    const cli = fileURLToPath(new URL('../main/cli/index.ts', import.meta.url))
    const child = spawn(process.execPath, [cli, ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', (text) => (out += text))
    child.stderr.on('data', (text) => (err += text))
    child.on('close', (code) => {
      if (code === 0) done(out.trim() === '' ? (undefined as T) : (JSON.parse(out) as T))
      else failed(new Error(`handful ${args[0]} ended with ${code}: ${err.trim().split('\n').at(-1)}`))
    })
  })
}

function loadStore(folder: string, protocol: string): Store {
  const file = join(folder, 'results.json')
  if (existsSync(file)) {
    const store = JSON.parse(readFileSync(file, 'utf8')) as Store
    if (store.protocol === protocol) return store
    throw new Error(`${file} was made under other settings. Move it away, or set HANDFUL_RESULTS to another folder.`)
  }
  return { protocol, pretrained: {}, cells: {} }
}

function saveStore(folder: string, store: Store): void {
  const file = join(folder, 'results.json')
  writeFileSync(`${file}.part`, JSON.stringify(store, null, 2))
  renameSync(`${file}.part`, file)
}
