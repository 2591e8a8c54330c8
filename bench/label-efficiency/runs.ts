/** What the benchmarks made of whole trainings share: commands of the command line, and a store that a stopped one goes on from. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

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
  /** What computed the fine-tuning; absent in results from before this was kept. */
  device?: string
}

interface Pretrained {
  run: string
  seconds: number
  /** Number of the project that it lies in (see projectOf); none: the first. */
  project?: number
}

export interface Store {
  protocol: string
  /** Pretraining runs by what they were made for. */
  pretrained: Record<string, Pretrained>
  cells: Record<string, Cell>
}

/** One command of the command line, with --json. */
export function handful<T>(args: string[]): Promise<T> {
  return new Promise((done, failed) => {
    const cli = fileURLToPath(new URL('../../main/cli/index.ts', import.meta.url))
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

/** Pretrains once for a key, in a project by its number: args as the command line takes them. */
export async function pretrainOnce(
  { store, save }: ReturnType<typeof openStore>,
  key: string,
  project: number,
  args: string[],
): Promise<Pretrained> {
  if (!store.pretrained[key]) {
    const began = Date.now()
    const { run } = await handful<{ run: string }>(['pretrain', ...args])
    store.pretrained[key] = { run, seconds: (Date.now() - began) / 1000, project }
    save()
  }
  return store.pretrained[key]
}

/**
 * Fine-tunes (args as the command line takes them), predicts the validation cases and measures. Names separated by commas;
 * computing: threads and device, as the command line takes them, too.
 */
export async function tuneAndMeasure(
  project: string,
  args: string[],
  validation: string,
  computing: string[],
): Promise<Pick<Cell, 'dice' | 'finetuneSeconds' | 'curve' | 'device'>> {
  const began = Date.now()
  const { model, run } = await handful<{ model: string; run: string }>([
    'finetune',
    '--project',
    project,
    ...args,
    ...computing,
  ])
  const finetuneSeconds = (Date.now() - began) / 1000
  const measured = ['--project', project, '--model', model, '--cases', validation, ...computing]
  await handful(['predict', ...measured])
  const { dice } = await handful<{ dice: number }>(['evaluate', ...measured])
  const folder = join(project, 'runs', run)
  const { device } = JSON.parse(readFileSync(join(folder, 'device.json'), 'utf8')) as { device: { name: string } }
  return { dice, finetuneSeconds, curve: readCurve(folder), device: device.name }
}

/** [step, validation Dice] of a run, as far as it was watched. */
function readCurve(folder: string): [number, number][] {
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n')
  const metrics = lines.map((line) => JSON.parse(line) as { step: number; values: Record<string, number> })
  return metrics.flatMap(({ step, values }) => ('validation Dice' in values ? [[step, values['validation Dice']]] : []))
}
