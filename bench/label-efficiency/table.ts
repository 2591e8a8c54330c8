/** Cells to rows: mean and spread over seeds, and the paired difference from scratch. */
import type { Cell } from './runs.ts'

export interface Entry {
  mean: number
  /** Standard deviation over the seeds; null for one seed. */
  spread: number | null
  /** Mean over the seeds of (row - scratch with the same labelled scans). */
  gain: number | null
  /** Steps until the validation Dice reached 95 % of what scratch ended with on the same scans; null: never, or not watched. */
  stepsTo95: number | null
  /** What the automatic choice took, by seed; empty for other rows. */
  chosen: string[]
  seeds: number
}

export interface Row {
  name: string
  /** By number of labelled scans. */
  entries: Record<number, Entry | null>
  pretrainSeconds: number
  finetuneSeconds: number
}

/** The row from scratch that a row is held against, with the same scans. */
export type TwinOf = (name: string) => string
const scratch: TwinOf = () => 'scratch'

export function summarise(
  cells: readonly Cell[],
  names: readonly string[],
  labels: readonly number[],
  twinOf: TwinOf = scratch,
): Row[] {
  return names.map((name) => {
    const own = cells.filter((cell) => cell.row === name)
    const entries = Object.fromEntries(labels.map((n) => [n, entry(n)]))
    return {
      name,
      entries,
      pretrainSeconds: mean(own.map((c) => c.pretrainSeconds)),
      finetuneSeconds: mean(own.map((c) => c.finetuneSeconds)),
    }

    function entry(n: number): Entry | null {
      const here = own.filter((cell) => cell.labels === n)
      if (here.length === 0) return null
      const dice = here.map((cell) => cell.dice)
      const gains = here.flatMap((cell) => {
        const twin = twinIn(cells, cell, twinOf)
        return twin && twin !== cell ? [cell.dice - twin.dice] : []
      })
      return {
        mean: mean(dice),
        spread: dice.length < 2 ? null : deviation(dice),
        gain: gains.length ? mean(gains) : null,
        stepsTo95: meanOrNull(here.map((cell) => stepsTo(cell, twinIn(cells, cell, twinOf)))),
        chosen: here.flatMap((cell) => cell.chosen ?? []),
        seeds: dice.length,
      }
    }
  })
}

const twinIn = (cells: readonly Cell[], cell: Cell, twinOf: TwinOf): Cell | undefined =>
  cells.find((c) => c.row === twinOf(cell.row) && c.labels === cell.labels && c.seed === cell.seed)

/** Interpolated between the looks at the validation scans. */
function stepsTo(cell: Cell, twin: Cell | undefined): number | null {
  const final = twin?.curve.at(-1)?.[1]
  if (final === undefined) return null
  const goal = 0.95 * final
  const at = cell.curve.findIndex(([, dice]) => dice >= goal)
  if (at < 0) return null
  const [step, dice] = cell.curve[at]
  const [before, low] = at === 0 ? [0, 0] : cell.curve[at - 1]
  return before + ((goal - low) / (dice - low)) * (step - before)
}

/** Figures of several devices differ by rounding, and seconds by what ran beside. */
export function computedOn(cells: readonly Cell[]): string {
  // The number of threads changes no figure.
  const names = cells.flatMap(({ device }) => device?.replace(/, \d+ threads?/, '') ?? [])
  const devices = [...new Set(names)]
  if (devices.length < 2) return devices.length === 0 ? '' : `Computed on: ${devices[0]}.`
  return `Computed on several devices, whose figures may differ by rounding: ${devices.join('; ')}.`
}

/** unit: what the columns count. Without seconds: the same trainings make the same table, to the letter. */
export function writeTable(rows: readonly Row[], labels: readonly number[], heading: string, unit = ' labels'): string {
  const head = ['start', ...labels.map((n) => `${n}${unit}`), ...labels.map((n) => `steps to 95 %, ${n}${unit}`)]
  const body = rows.map((row) => [
    row.name,
    ...labels.map((n) => describe(row.entries[n])),
    ...labels.map((n) => row.entries[n]?.stepsTo95?.toFixed(0) ?? '–'),
  ])
  const chose = rows.some(({ entries }) => labels.some((n) => entries[n]?.chosen.length)) ? ' [what auto chose]' : ''
  return (
    `${heading}\nMean foreground Dice ± deviation over seeds (gain over scratch with the same scans; below 0.03 it is noise)${chose}.\nSteps to 95 %: of what scratch ended with on the same scans, on the scans watched, which are looked at 20 times a run at most, most often early: in between it is interpolated.\n\n` +
    layOut(head, body)
  )
}

/** What the trainings of each row took. */
export function writeSeconds(rows: readonly Row[]): string {
  const body = rows.map((row) => [row.name, row.pretrainSeconds.toFixed(0), row.finetuneSeconds.toFixed(0)])
  return '\nSeconds a training, by what ran beside:\n\n' + layOut(['start', 'pretraining', 'fine-tuning'], body)
}

/** The scores alone. */
export function writeDice(rows: readonly Row[], labels: readonly number[], heading: string, unit = ' labels'): string {
  const body = rows.map((row) => [row.name, ...labels.map((n) => describe(row.entries[n]))])
  return `${heading}\n\n${layOut(['start', ...labels.map((n) => `${n}${unit}`)], body)}`
}

function layOut(head: readonly string[], body: readonly string[][]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...body.map((line) => line[i].length)))
  const line = (values: readonly string[]) => `| ${values.map((v, i) => v.padEnd(widths[i])).join(' | ')} |\n`
  return line(head) + `|${widths.map((w) => '-'.repeat(w + 2)).join('|')}|\n` + body.map(line).join('')
}

function describe(entry: Entry | null): string {
  if (entry === null) return '–'
  const spread = entry.spread === null ? '' : ` ± ${entry.spread.toFixed(3)}`
  const gain = entry.gain === null ? '' : ` (${entry.gain >= 0 ? '+' : '−'}${Math.abs(entry.gain).toFixed(3)})`
  const chosen = entry.chosen.length ? ` [${[...new Set(entry.chosen)].join(', ')}]` : ''
  return entry.mean.toFixed(3) + spread + gain + chosen
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length)
const deviation = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (values.length - 1))
const meanOrNull = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((v) => v !== null)
  return known.length < values.length ? null : mean(known)
}
