/**
 * What it brings that threads prepare the batches of a training: milliseconds of a fine-tuning step without and with them, on
 * one processor thread and on all. Medians over the steps of runs of the command line that take turns.
 * `HANDFUL_DATA` (or ../shared/data) has the scans.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDataset } from './label-efficiency/datasets.ts'
import { handful, importDataset } from './label-efficiency/runs.ts'
import type { BenchOptions } from './index.ts'

export const options = {
  data: 'hippocampus,headneck,…',
  threads: 'N,… (processor threads)',
  'batch-threads': 'N,… (beside 0)',
  steps: 'N',
  rounds: 'N',
  device: 'ID (as `handful doctor` lists them)',
}

interface Row {
  data: string
  threads: number
  batchThreads: number
  /** Of a step, the median; and by how much it is faster than without threads for batches. */
  milliseconds: number
  faster: number
}

export async function run({ json, quick, values }: BenchOptions): Promise<void> {
  const numbers = (name: string, otherwise: number[]) => values[name]?.split(',').map(Number) ?? otherwise
  const [steps] = numbers('steps', [quick ? 20 : 60])
  const [rounds] = numbers('rounds', [quick ? 1 : 3])
  const device = values.device ?? 'cpu'
  const rows: Row[] = []
  for (const data of values.data?.split(',') ?? ['hippocampus', 'headneck']) {
    const folder = mkdtempSync(join(tmpdir(), 'handful-batches-'))
    const dataset = openDataset(data, folder)
    const project = join(folder, 'project')
    await importDataset(dataset, project)
    const cases = dataset.protocol.subset(0, 3).join()
    const plan = await train(project, ['pretrain', '--task', 'rotation', '--steps', '1', '--device', device])
    for (const threads of numbers('threads', [1, availableParallelism()])) {
      const of = new Map([0, ...numbers('batch-threads', [1])].map((batchThreads) => [batchThreads, [] as number[]]))
      const wish = ['--like', plan, '--cases', cases, '--steps', String(steps), '--threads', String(threads)]
      for (let round = 0; round < rounds; round++) {
        for (const [batchThreads, times] of of) {
          const ahead = ['--device', device, '--batch-threads', String(batchThreads)]
          times.push(...stepTimes(project, await train(project, ['finetune', ...wish, ...ahead])))
        }
      }
      const alone = median(of.get(0)!)
      for (const [batchThreads, times] of of) {
        const milliseconds = median(times)
        rows.push({ data, threads, batchThreads, milliseconds, faster: alone / milliseconds })
      }
    }
    rmSync(folder, { recursive: true })
  }
  if (json) return console.log(JSON.stringify({ device, steps, rounds, cores: availableParallelism(), rows }, null, 2))
  console.log(`${device}, ${availableParallelism()} cores, ${rounds} × ${steps} fine-tuning steps each\n`)
  console.log('| data | processor threads | threads for batches | ms a step | faster by |')
  console.log('| --- | --- | --- | --- | --- |')
  for (const { data, threads, batchThreads, milliseconds, faster } of rows) {
    console.log(`| ${data} | ${threads} | ${batchThreads} | ${milliseconds.toFixed(1)} | ${faster.toFixed(3)} |`)
  }
}

/** Returns the run's id. */
async function train(project: string, [command, ...wish]: string[]): Promise<string> {
  const { run } = await handful<{ run: string }>([command, '--project', project, ...wish])
  return run
}

/** Of the second half: threads for batches have started by then. */
function stepTimes(project: string, run: string): number[] {
  const lines = readFileSync(join(project, 'runs', run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
  const seconds = lines.map((line) => (JSON.parse(line) as { seconds: number }).seconds)
  const times = seconds.slice(1).map((at, i) => 1000 * (at - seconds[i]))
  return times.slice(Math.floor(times.length / 2))
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]
