/**
 * The report of a training: one HTML file with curves, pictures, scores, plan and versions. Nothing in it comes from
 * elsewhere, no script runs, and scans are numbered: names of cases, which may be those of files, appear only on request.
 */
import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Handlers } from '../../shared/api/contract.ts'
import type { Evaluation, Label, LearningPictures } from '../../shared/domain/records.ts'
import {
  encodeColourPng,
  refuse,
  refuseFileError,
  writeFileSafely,
  type Library,
  type StoredTraining,
} from '../library/index.ts'
import { appVersion } from './app.ts'
import { openProject, type Context } from './context.ts'
import { count } from './count.ts'
import { lineChart, type Line } from './report-chart.ts'
import { describeModel } from './models.ts'
import { piecesKeptBy, readMetrics, readPictures, readReport } from './run-results.ts'
import { sawHidden } from './verdict.ts'

export const reportHandlers = (context: Context): Pick<Handlers, 'training.report'> => ({
  'training.report': ({ trainingId, folder }) => {
    const library = openProject(context)
    const day = (library.training(trainingId)?.created ?? '').slice(0, 10)
    const file = join(resolve(folder), `Handful report ${day} ${trainingId}.html`)
    writeReport(library, trainingId, file)
    return { file }
  },
})

/** Writes the report of a training, named by its id or that of one of its runs. names: case names instead of numbers. */
export function writeReport(library: Library, id: string, file: string, names = false): void {
  const training = library.training(library.trainingOfRun(id) ?? id)
  if (!training)
    refuse(`There is no training ${id} in this project. "handful status" lists its runs; name one that Train has made.`)
  const html = trainingReport(library, training, names)
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true })
    writeFileSafely(resolve(file), [html])
  } catch (error) {
    refuseFileError(error, `The report could not be written to ${file}`)
  }
}

/** The report as HTML. */
export function trainingReport(library: Library, training: StoredTraining, names = false): string {
  const called = caseNaming(library, training, names)
  const { request, evaluation, scratchEvaluation } = training
  const model = training.modelId ? library.model(training.modelId) : null
  const seconds = training.stages.reduce((sum, stage) => sum + stage.seconds, 0)
  const facts: [string, string][] = [
    ['Begun', training.created.replace('T', ' ').slice(0, 16) + ' UTC'],
    ['State', training.state],
    ['Model', model ? `${model.name}, ${count(model.steps, 'step')}` : 'none'],
    [
      'Scans',
      `${training.cases.pool.length} learnt from, ${training.cases.labelled.length} of them labelled; ${training.cases.validation.length} kept for validation`,
    ],
    ['Pretraining', `${request.task}, recipe “${request.recipe}”`],
    ...selfTraining(library, training),
    ...piecesKept(library, training),
    ['Budget', `${count(request.minutes, 'minute')}; took ${Math.round(seconds / 6) / 10}`],
    ['Device', training.device ?? request.device],
    ['Seed', String(request.seed)],
    ['Made with', `Handful ${appVersion()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`],
  ]
  const sections = [
    `<h1>Training report</h1><p class="use">Research use only. Not for diagnosis or treatment decisions.</p>`,
    `<p class="verdict">${escape(training.message)}</p>`,
    table(
      [],
      facts.map(([name, value]) => [`<b>${escape(name)}</b>`, escape(value)]),
    ),
    evaluation ? `<h2>Scores</h2>${scores(evaluation, scratchEvaluation, called)}` : '',
    pictures(library, training),
    `<h2>Curves</h2>${curves(library, training)}`,
    `<h2>Stages</h2>${table(
      ['Stage', 'State', 'Done', 'Time'],
      training.stages.map((s) => [escape(s.name), s.state, s.total ? `${s.done} of ${s.total}` : '', `${s.seconds} s`]),
    )}`,
    plan(library, training),
  ]
  return page(sections.join('\n'))
}

/** A row where the network learnt from its own labels, too. */
function selfTraining(library: Library, { runs }: StoredTraining): [string, string][] {
  const used = runs.finetune ? readReport(library, runs.finetune).selfTraining : null
  if (!used) return []
  const n = used.scans.length
  const when = used.turn === 0 ? 'before its first step' : `after ${used.turn} steps`
  const text = `${when} the network labelled ${count(n, 'further scan')} for itself (helped by the person's labels carried over to them) and learnt on from those and from the person's labels`
  return [['Self-training', text]]
}

/** A row where predictions keep so many pieces of a structure. */
function piecesKept(library: Library, { runs }: StoredTraining): [string, string][] {
  const counted = runs.finetune ? piecesKeptBy(library, runs.finetune) : []
  if (counted.length === 0) return []
  const kept = counted.map((one) => `${one.name} ${one.count}`).join(', ')
  return [
    [
      'Pieces kept',
      `${kept}, as in every labelled scan or as the label set has it. Others are left out, and show as uncertain.`,
    ],
  ]
}

type Naming = (caseId: string) => string

function caseNaming(library: Library, training: StoredTraining, names: boolean): Naming {
  const { pool, validation } = training.cases
  const order = [...new Set([...pool, ...validation.map(({ caseId }) => caseId)])]
  return (id) => (names ? (library.case(id)?.name ?? id) : `Scan ${order.indexOf(id) + 1 || '?'}`)
}

function scores(model: Evaluation, twin: Evaluation | null, called: Naming): string {
  const labels = [...new Map(model.cases.flatMap((one) => one.labels.map((l) => [l.value, l.name] as const)))]
  const names = labels.map(([, name]) => escape(name))
  const of = (one: Evaluation['cases'][number], value: number) => one.labels.find((label) => label.value === value)
  const head = ['Scan', ...names, 'Mean Dice']
  if (twin) head.push('From scratch', 'Difference')
  const rows = model.cases.map((one) => {
    const other = twin?.cases.find(({ caseId }) => caseId === one.caseId)
    const row = [
      escape(called(one.caseId)),
      ...labels.map(([value]) => figure(of(one, value)?.dice)),
      `<b>${figure(one.dice)}</b>`,
    ]
    if (twin) row.push(figure(other?.dice), difference(one.dice, other?.dice))
    return row
  })
  const distances = model.cases.map((one) => [
    escape(called(one.caseId)),
    ...labels.map(([value]) => figure(of(one, value)?.hd95, 1)),
  ])
  const meanOf = (value: number) => {
    const known = model.cases.flatMap((one) => of(one, value)?.dice ?? [])
    return figure(known.length > 0 ? known.reduce((sum, dice) => sum + dice, 0) / known.length : null)
  }
  const means = ['<b>Mean</b>', ...labels.map(([value]) => meanOf(value)), `<b>${figure(model.dice)}</b>`]
  if (twin) means.push(figure(twin.dice), difference(model.dice, twin.dice))
  const how =
    model.method === 'validation'
      ? 'Measured on scans that training never saw.'
      : 'Each labelled scan was hidden in turn and predicted by a model made the same way from the others.'
  const seen = new Set([...model.seenInPretraining, ...model.seenInTraining])
  const hidden = model.method === 'cross-validation' && model.seenInPretraining.length > 0
  const warning = hidden
    ? ` ${sawHidden}`
    : seen.size > 0
      ? ` Too good for ${[...seen].map((id) => escape(called(id))).join(', ')}: seen while learning.`
      : ''
  return [
    `<h3>Dice</h3>${table(head, [...rows, means])}`,
    `<p class="small">${how}${warning} Dice: overlap with the label a person drew, 1 is perfect. Differences below 0.03 are noise with so few scans.</p>`,
    `<h3>Distance (HD95, mm)</h3>${table(['Scan', ...names], distances)}`,
    `<p class="small">95 % of the surface is within this distance of the person’s surface.</p>`,
  ].join('\n')
}

const difference = (a: number | null, b: number | null | undefined) =>
  a === null || b === null || b === undefined ? '–' : `${a < b ? '−' : '+'}${Math.abs(a - b).toFixed(3)}`

const colours: Record<string, string> = { pretrain: '#7b5fc0', finetune: '#1f77b4', scratch: '#d07a1f' }

/** One chart a figure; fine-tuning and its twin share theirs. */
function curves(library: Library, training: StoredTraining): string {
  const charts = new Map<string, Line[]>()
  for (const stage of training.stages) {
    const run = stage.runId ? library.run(stage.runId) : null
    if (!run || !(stage.key in colours)) continue
    const points = new Map<string, [number, number][]>()
    for (const { step, values } of readMetrics(library, run)) {
      for (const [name, value] of Object.entries(values)) points.set(name, [...(points.get(name) ?? []), [step, value]])
    }
    for (const [name, line] of points) {
      const validation = /\bvalidation\b/.test(name) && name.startsWith('pretext')
      const title = validation ? name.replace('validation ', '') : name
      const lines = charts.get(title) ?? []
      const colour = validation ? '#2a8f57' : colours[stage.key]
      lines.push({ name: `${stage.name}${validation ? ', on scans kept apart' : ''}`, colour, points: line })
      charts.set(title, lines)
      const { chance } = readReport(library, run.id)
      if (title === 'pretext accuracy' && !validation && chance) {
        const ends = [line[0], line.at(-1)!].map(([step]) => [step, chance] as const)
        lines.push({ name: 'Guessing (chance level)', colour: '#888', points: ends, dashed: true })
      }
    }
  }
  const drawn = [...charts].map(
    ([title, lines]) => `<figure><figcaption>${escape(title)}</figcaption>${lineChart(lines, 'step', escape)}</figure>`,
  )
  return drawn.length > 0 ? `<div class="charts">${drawn.join('')}</div>` : '<p>No step was taken.</p>'
}

function pictures(library: Library, training: StoredTraining): string {
  const run = training.runs.finetune
  const found = run ? readPictures(library, run) : null
  if (!found || found.frames.length === 0) return ''
  const { frames } = found
  const chosen = [
    ...new Set([0, Math.floor(frames.length / 3), Math.floor((2 * frames.length) / 3), frames.length - 1]),
  ]
  const shown = chosen.map((n) => frames[n])
  const labels = library.labels()
  const one = (map: string, caption: string) =>
    `<figure><img alt="" width="${4 * found.width}" style="aspect-ratio:${(found.width * found.spacing[0]) / (found.height * found.spacing[1])}" src="data:image/png;base64,${drawn(found, map, labels)}"><figcaption>${escape(caption)}</figcaption></figure>`
  const captions = shown.map(({ step, dice, labels: map }) =>
    one(map, `step ${step}${dice === null ? '' : `, Dice ${dice.toFixed(3)}`}`),
  )
  return `<h2>A scan it never learnt from, while it learns</h2><div class="pictures">${captions.join('')}${one(found.reference, 'label by a person')}</div>`
}

/** Grey with half-transparent labels over it, as base64 of a PNG. */
function drawn({ grey, width, height }: LearningPictures, map: string, labels: readonly Label[]): string {
  const [base, values] = [Buffer.from(grey, 'base64'), Buffer.from(map, 'base64')]
  const pixels = new Uint8Array(width * height * 3)
  const of = new Map(
    labels.map(({ value, color }) => [value, [1, 3, 5].map((n) => Number.parseInt(color.slice(n, n + 2), 16))]),
  )
  for (let n = 0; n < width * height; n++) {
    const colour = of.get(values[n])
    for (let c = 0; c < 3; c++) pixels[3 * n + c] = colour ? 0.5 * base[n] + 0.5 * colour[c] : base[n]
  }
  return Buffer.from(encodeColourPng(pixels, width, height)).toString('base64')
}

function plan(library: Library, training: StoredTraining): string {
  const details = training.modelId ? describeModel(library, training.modelId).plan : null
  if (!details) return ''
  const rows: [string, string][] = [
    ['Spacing (mm)', details.spacing.map((v) => v.toPrecision(3)).join(' × ')],
    ['Patch (voxels)', `${details.patch.join(' × ')}, ${details.batch} a step`],
    ['Network', `3D U-Net, ${details.features.join('–')} features, ${count(details.channels, 'channel')}`],
    [
      'Intensities',
      details.normalisation
        .map((one) => (one.kind === 'fixed' ? `clipped to ${one.low} … ${one.high}` : 'z-score per scan'))
        .join('; '),
    ],
  ]
  return `<h2>Plan</h2>${table(
    [],
    rows.map(([name, value]) => [`<b>${name}</b>`, escape(value)]),
  )}`
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  `<div class="wide"><table>${head.length > 0 ? `<thead><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr></thead>` : ''}<tbody>${rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')}</tbody></table></div>`

const figure = (value: number | null | undefined, digits = 3) =>
  value === null || value === undefined ? '–' : value.toFixed(digits)

const escape = (text: string) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)

/** The policy forbids whatever could be slipped in: no script, nothing from elsewhere. */
const page = (body: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Handful: training report</title>
<style>
body{max-width:1000px;margin:2rem auto;padding:0 1.5rem;color:#1b2530;background:#fff;font:15px/1.5 system-ui,sans-serif}
h1{margin-bottom:.2rem}h2{margin-top:2.2rem}
.use{display:inline-block;margin:0;padding:.2rem .7rem;border-radius:6px;background:#fdf1d8;color:#6a4a00;font-weight:600}
.verdict{font-size:1.15rem}
h3{margin:1.2rem 0 .3rem}.wide{overflow-x:auto}
table{border-collapse:collapse}td,th{padding:.3rem .9rem .3rem 0;white-space:nowrap;border-bottom:1px solid #dde3ea;text-align:left;vertical-align:top}
th{color:#5a6673;font-weight:600}.small{color:#5a6673;font-size:13px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:1rem}
figure{margin:0}figcaption{font-weight:600}figcaption::first-letter{text-transform:uppercase}
svg{width:100%}svg text{fill:#5a6673;font-size:12px}.grid{stroke:#e3e8ee}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:0;padding:0;list-style:none;font-size:13px}
.legend i{display:inline-block;width:14px;height:3px;margin-right:6px;vertical-align:middle}
.pictures{display:flex;flex-wrap:wrap;gap:1rem}.pictures img{width:170px;height:auto;image-rendering:auto;background:#000}
.pictures figcaption{font-weight:400;font-size:13px}
@media print{body{margin:0}td,th{white-space:normal}}
</style></head><body>
${body}
</body></html>
`
