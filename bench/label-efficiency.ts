/**
 * The label-efficiency table: Dice on fixed validation scans, by pretext task and number of labelled scans, several seeds,
 * the same fine-tuning steps for every row. All through the command line, as a researcher would do it.
 *
 * Data: `HANDFUL_DATA` (or ../shared/data), set seg/hippocampus-msd with its protocol.json. Results go to
 * `label-efficiency-results/` (HANDFUL_RESULTS): results.json, table.md, figure.svg (Dice against the
 * number of labels), steps.svg (Dice against fine-tuning steps). A command that was stopped goes on
 * where it was: every finished cell is kept.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { drawFigure, drawSteps } from './label-efficiency/figure.ts'
import { handful, openStore, pretrainOnce, tuneAndMeasure } from './label-efficiency/runs.ts'
import { summarise, writeTable } from './label-efficiency/table.ts'
import type { BenchOptions } from './index.ts'

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
  const kept = openStore(folder, JSON.stringify(chosen))
  const { store, save } = kept

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
        const budget = ['--steps', String(chosen.finetuneSteps), '--seed', String(seed)]
        const start = ['--cases', cases, row === 'scratch' ? '--like' : '--from', from.run]
        const measured = await tuneAndMeasure(project, [...start, ...budget], validation)
        store.cells[key] = {
          row,
          labels,
          seed,
          ...measured,
          pretrainSeconds: row === 'scratch' ? 0 : from.seconds,
          chosen: row === 'auto' ? readChosen(join(project, 'runs', from.run)) : null,
        }
        save()
        process.stderr.write(`${key}: Dice ${measured.dice.toFixed(3)}\n`)
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
  function pretrain(task: string, seed: number, probe: string | null) {
    const key = probe === null ? `${task}/${seed}` : `${task}/${seed}/${probe.split(',').length}`
    // Without --cases: all training cases, so never a validation scan.
    const args = ['--project', project, '--task', task, ...(probe === null ? [] : ['--probe', probe])]
    return pretrainOnce(kept, key, [...args, '--steps', String(chosen.pretrainSteps), '--seed', String(seed)])
  }
}

const readChosen = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, 'choice.json'), 'utf8')) as { chosen: string }).chosen
