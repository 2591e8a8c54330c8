/** Figures of the table as SVG: Dice against the number of labelled scans, and against fine-tuning steps. */
import type { Cell } from './runs.ts'
import type { Row } from './table.ts'

const size = { width: 720, height: 440, left: 60, right: 190, top: 48, bottom: 48 }
/** Okabe & Ito's colours, which colour-blind readers can tell apart. */
const colours = ['#000000', '#e69f00', '#56b4e9', '#009e73', '#f0e442', '#0072b2', '#d55e00', '#cc79a7', '#777777']

interface Line {
  name: string
  /** [x from 0 to 1, Dice]. */
  points: [number, number][]
}
interface Tick {
  /** 0 to 1. */
  at: number
  text: string
}

/** A line for each start; mean over the seeds. abscissa: what the labels count. */
export function drawFigure(
  rows: readonly Row[],
  labels: readonly number[],
  heading: string,
  abscissa = 'labelled scans',
): string {
  const at = (i: number) => (labels.length === 1 ? 0.5 : i / (labels.length - 1))
  const lines = rows.map((row) => ({
    name: row.name,
    points: labels.flatMap((n, i): Line['points'] => (row.entries[n] ? [[at(i), row.entries[n].mean]] : [])),
  }))
  const ticks = labels.map((n, i) => ({ at: at(i), text: String(n) }))
  return draw(lines, ticks, abscissa, heading)
}

/** A line for each start at one number of labels: mean over the seeds, each interpolated between its looks, from where all have one. */
export function drawSteps(cells: readonly Cell[], names: readonly string[], labels: number, heading: string): string {
  const own = cells.filter((cell) => cell.labels === labels)
  const last = Math.max(1, ...own.flatMap((cell) => cell.curve.map(([step]) => step)))
  const lines = names.map((name) => {
    const curves = own.filter((cell) => cell.row === name && cell.curve.length > 0).map((cell) => cell.curve)
    const begin = Math.max(...curves.map((curve) => curve[0][0]))
    const end = Math.min(...curves.map((curve) => curve.at(-1)![0]))
    const steps = (curves[0] ?? []).map(([step]) => step).filter((step) => step > begin && step < end)
    const mean = (step: number) => curves.reduce((sum, curve) => sum + diceAt(curve, step), 0) / curves.length
    const all = curves.length === 0 ? [] : [...new Set([begin, ...steps, end])]
    return { name, points: all.map((step): [number, number] => [step / last, mean(step)]) }
  })
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, text: String(Math.round(at * last)) }))
  return draw(lines, ticks, `fine-tuning steps, ${labels} labelled scans`, heading)
}

/** Between two looks on the line through both; step lies within the curve. */
export function diceAt(curve: Cell['curve'], step: number): number {
  const next = curve.findIndex(([at]) => at >= step)
  const [to, high] = curve[next]
  if (to === step) return high
  const [from, low] = curve[next - 1]
  return low + ((step - from) / (to - from)) * (high - low)
}

/** Rows of slices, of the recipe `paper` and of scratch with more steps have the colour of the row that they are named after. */
const startOf = (name: string) => name.replace(/(, 2D|-paper|-long)$/, '')

function draw(lines: readonly Line[], marks: readonly Tick[], abscissa: string, heading: string): string {
  const all = lines.flatMap((line) => line.points.map(([, dice]) => dice))
  const low = Math.floor(Math.min(1, ...all) * 20) / 20
  const high = Math.max(low + 0.05, Math.ceil(Math.max(0, ...all) * 20) / 20)
  const x = (at: number) => size.left + at * (size.width - size.left - size.right)
  const y = (dice: number) =>
    size.height - size.bottom - ((dice - low) / (high - low)) * (size.height - size.top - size.bottom)
  const ticks = Array.from({ length: Math.round((high - low) / 0.05) + 1 }, (_, i) => low + 0.05 * i)
  const grid = ticks.map(
    (t) =>
      `<line x1="${size.left}" x2="${size.width - size.right}" y1="${y(t)}" y2="${y(t)}" stroke="#ddd"/>` +
      `<text x="${size.left - 8}" y="${y(t) + 4}" text-anchor="end">${t.toFixed(2)}</text>`,
  )
  const axis = marks.map(
    ({ at, text }) => `<text x="${x(at)}" y="${size.height - size.bottom + 20}" text-anchor="middle">${text}</text>`,
  )
  const starts = [...new Set(lines.map((line) => startOf(line.name)))]
  const drawn = lines.map((line, n) => {
    const points = line.points.map(([at, dice]) => [x(at), y(dice)])
    const colour = colours[starts.indexOf(startOf(line.name)) % colours.length]
    const dash =
      line.name === 'scratch'
        ? ' stroke-dasharray="6 4"'
        : startOf(line.name) !== line.name
          ? ' stroke-dasharray="2 3"'
          : ''
    const legend = size.top + 20 * n
    return (
      `<polyline fill="none" stroke="${colour}" stroke-width="2"${dash} points="${points.map((p) => p.join()).join(' ')}"/>` +
      points.map(([px, py]) => `<circle cx="${px}" cy="${py}" r="3.5" fill="${colour}"/>`).join('') +
      `<line x1="${size.width - size.right + 16}" x2="${size.width - size.right + 40}" y1="${legend}" y2="${legend}" stroke="${colour}" stroke-width="2"${dash}/>` +
      `<text x="${size.width - size.right + 46}" y="${legend + 4}">${line.name}</text>`
    )
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
<text font-size="11">${headingLines(heading)
    .map((line, n) => `<tspan x="${size.left}" y="${18 + 14 * n}">${line}</tspan>`)
    .join('')}</text>
${[...grid, ...axis, ...drawn].join('\n')}
<text x="${(size.left + size.width - size.right) / 2}" y="${size.height - 8}" text-anchor="middle">${abscissa}</text>
<text transform="translate(16 ${size.height / 2}) rotate(-90)" text-anchor="middle">mean foreground Dice</text>
</svg>
`
}

/** As many lines as the width wants, broken between words. */
function headingLines(heading: string): string[] {
  const most = (size.width - size.left) / 5.5
  return heading.split(' ').reduce<string[]>(
    (lines, word) => {
      const longer = `${lines.at(-1)} ${word}`.trim()
      return longer.length <= most ? [...lines.slice(0, -1), longer] : [...lines, word]
    },
    [''],
  )
}
