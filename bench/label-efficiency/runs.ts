/** What the benchmarks made of whole trainings share: commands of the command line, and a store that a stopped one goes on from. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { OpenDataset } from './datasets.ts'

/** One fine-tuned and measured model. */
export interface Cell {
  row: string
  /** Labelled scans, or another figure that the columns of the table stand for. */
  labels: number
  seed: number
  dice: number
  pretrainSeconds: number
  finetuneSeconds: number
  /** Validation Dice while it learnt: [step, mean Dice over the scans watched]. */
  curve: [number, number][]
  /** What the automatic choice took, "+ self-training" where it took that, too; null for the other rows. */
  chosen: string | null
  /** Mean Dice of each region that was asked for. */
  regions?: { name: string; dice: number | null }[]
  /** What computed the fine-tuning; absent in results from before this was kept. */
  device?: string
}

interface Begun {
  run: string
  /** Number of the project that it lies in (see projectOf); none: the first. */
  project?: number
}

interface Pretrained extends Begun {
  seconds: number
}

export interface Store {
  protocol: string
  /** Pretraining runs by what they were made for. */
  pretrained: Record<string, Pretrained>
  cells: Record<string, Cell>
  /** Runs that have not come to their end, by the key of the pretraining or of the cell that they are for. */
  begun?: Record<string, Begun>
}

/** One command of the command line, with --json. onRun is told the id of its run when that begins. */
export function handful<T>(args: string[], onRun?: (run: string) => void): Promise<T> {
  return new Promise((done, failed) => {
    const cli = fileURLToPath(new URL('../../main/cli/index.ts', import.meta.url))
    const child = spawn(process.execPath, [cli, ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    let told = onRun === undefined
    child.stdout.on('data', (text) => (out += text))
    child.stderr.on('data', (text) => {
      err += text
      const run = told ? null : /^Run (\S+) …/m.exec(err)
      if (!run) return
      told = true
      onRun?.(run[1])
    })
    child.on('close', (code) => {
      if (code === 0) done(out.trim() === '' ? (undefined as T) : (JSON.parse(out) as T))
      else failed(new Error(`handful ${args[0]} ended with ${code}: ${err.trim().split('\n').at(-1)}`))
    })
  })
}

type Importable = Pick<OpenDataset, 'images' | 'labels' | 'labelNames' | 'channels' | 'modality'>

/** All scans of a data set, with their labels, into a new project. */
export async function importDataset(dataset: Importable, project: string): Promise<void> {
  const { images, labels, labelNames, channels, modality } = dataset
  const options = ['--labels', labels, ...labelNames.flatMap((label) => ['--label', label])]
  if (channels.length > 0) options.push('--channels', channels.join())
  if (modality) options.push('--modality', modality)
  await handful(['import', images, '--project', project, ...options])
}

/** The store in a folder, and what saves it. Throws where the folder holds results of another protocol. */
export function openStore(folder: string, protocol: string): { store: Store; save: () => void } {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'results.json')
  const store = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Store)
    : { protocol, pretrained: {}, cells: {} }
  if (store.protocol !== protocol) {
    throw new Error(`${file} was made under other settings. Move it away, or set HANDFUL_RESULTS to another folder.`)
  }
  const save = () => {
    writeFileSync(`${file}.part`, JSON.stringify(store, null, 2))
    renameSync(`${file}.part`, file)
  }
  return { store, save }
}

type Kept = ReturnType<typeof openStore>

/** Where a run stands: its project's folder and number. */
export interface Place {
  folder: string
  project: number
}

/** Of a training: model is that of a fine-tuning. */
interface Trained {
  run: string
  model: string
}

/** A training for a key: begun anew, or, where a command was stopped, gone on with. seconds: that it took. */
async function train({ store, save }: Kept, key: string, { folder, project }: Place, args: string[]) {
  const began = Date.now()
  const resumed = await resume(folder, store.begun?.[key]?.run)
  const trained =
    resumed ??
    (await handful<Trained>([args[0], '--project', folder, ...args.slice(1)], (run) => {
      store.begun = { ...store.begun, [key]: { run, project } }
      save()
    }))
  delete store.begun?.[key]
  // What it took before it was stopped is in its report; an automatic choice that took scratch has none.
  const file = join(folder, 'runs', trained.run, 'report.json')
  const report: { seconds?: number } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  return { ...trained, seconds: Math.max((Date.now() - began) / 1000, report.seconds ?? 0) }
}

/** null where the project knows of no such run. */
async function resume(folder: string, id: string | undefined): Promise<Trained | null> {
  if (id === undefined) return null
  type State = { id: string; state: string; modelId: string | null }
  const { runs } = await handful<{ runs: State[] }>(['status', '--project', folder])
  const known = runs.find((run) => run.id === id)
  if (!known) return null
  // It may have come to its end when the command that waited for it was gone.
  if (known.state === 'done') return { run: id, model: known.modelId ?? '' }
  return handful<Trained>(['resume', '--project', folder, '--run', id])
}

/** Pretrains once for a key: args as the command line takes them. */
export async function pretrainOnce(kept: Kept, key: string, place: Place, args: string[]): Promise<Pretrained> {
  const { store, save } = kept
  if (!store.pretrained[key]) {
    const { run, seconds } = await train(kept, key, place, ['pretrain', ...args])
    store.pretrained[key] = { run, seconds, project: place.project }
    save()
  }
  return store.pretrained[key]
}

/**
 * Fine-tunes for a cell (args as the command line takes them), predicts the validation cases and measures. Names separated by
 * commas; computing: threads and device, as the command line takes them, too; so regions, labels measured as one.
 */
export async function tuneAndMeasure(
  kept: Kept,
  key: string,
  place: Place,
  args: string[],
  validation: string,
  computing: string[],
  regions: readonly string[] = [],
): Promise<Pick<Cell, 'dice' | 'regions' | 'finetuneSeconds' | 'curve' | 'device'>> {
  const tuned = await train(kept, ofCell(key), place, ['finetune', ...args, ...computing])
  const measured = ['--project', place.folder, '--model', tuned.model, '--cases', validation, ...computing]
  await handful(['predict', ...measured])
  const asked = regions.flatMap((region) => ['--region', region])
  const { dice, means } = await handful<Measured>(['evaluate', ...measured, ...asked])
  const folder = join(place.folder, 'runs', tuned.run)
  const { device } = JSON.parse(readFileSync(join(folder, 'device.json'), 'utf8')) as { device: { name: string } }
  const figures = { dice, ...(regions.length > 0 ? { regions: means.regions } : {}) }
  return { ...figures, finetuneSeconds: tuned.seconds, curve: readCurve(folder), device: device.name }
}

interface Measured {
  dice: number
  means: { regions: { name: string; dice: number | null }[] }
}

/** Keys of cells and of pretrainings may be alike. */
const ofCell = (key: string) => `cell ${key}`

/** The project in which the pretraining, or one of the cells, was begun or is done; null for none. */
export function begunIn(
  { begun = {}, pretrained }: Store,
  cells: readonly string[],
  pretraining?: string,
): number | null {
  const runs = cells.map((key) => begun[ofCell(key)])
  if (pretraining !== undefined) runs.push(begun[pretraining] ?? pretrained[pretraining])
  const known = runs.find((run) => run !== undefined)
  return known ? (known.project ?? 0) : null
}

/** [step, validation Dice] of a run, as far as it was watched. */
function readCurve(folder: string): [number, number][] {
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n')
  const metrics = lines.map((line) => JSON.parse(line) as { step: number; values: Record<string, number> })
  return metrics.flatMap(({ step, values }) => ('validation Dice' in values ? [[step, values['validation Dice']]] : []))
}
