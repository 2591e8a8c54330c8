/** Dice against the number of labelled scans, a line for each start, as SVG. */
import type { Row } from './table.ts'

const size = { width: 720, height: 440, left: 60, right: 190, top: 48, bottom: 48 }
/** Okabe & Ito's colours, which colour-blind readers can tell apart. */
const colours = ['#000000', '#e69f00', '#56b4e9', '#009e73', '#f0e442', '#0072b2', '#d55e00', '#cc79a7']

export function drawFigure(rows: readonly Row[], labels: readonly number[], heading: string): string {
  const all = rows.flatMap((row) => labels.flatMap((n) => row.entries[n]?.mean ?? []))
  const low = Math.floor(Math.min(...all) * 20) / 20
  const high = Math.max(low + 0.05, Math.ceil(Math.max(...all) * 20) / 20)
  const x = (i: number) =>
    size.left + (labels.length === 1 ? 0.5 : i / (labels.length - 1)) * (size.width - size.left - size.right)
  const y = (dice: number) =>
    size.height - size.bottom - ((dice - low) / (high - low)) * (size.height - size.top - size.bottom)
  const ticks = Array.from({ length: Math.round((high - low) / 0.05) + 1 }, (_, i) => low + 0.05 * i)
  const grid = ticks.map(
    (t) =>
      `<line x1="${size.left}" x2="${size.width - size.right}" y1="${y(t)}" y2="${y(t)}" stroke="#ddd"/>` +
      `<text x="${size.left - 8}" y="${y(t) + 4}" text-anchor="end">${t.toFixed(2)}</text>`,
  )
  const axis = labels.map(
    (n, i) => `<text x="${x(i)}" y="${size.height - size.bottom + 20}" text-anchor="middle">${n}</text>`,
  )
  const lines = rows.map((row, r) => {
    const points = labels.flatMap((n, i) => (row.entries[n] ? [[x(i), y(row.entries[n].mean)]] : []))
    const colour = colours[r % colours.length]
    const dash = row.name === 'scratch' ? ' stroke-dasharray="6 4"' : ''
    const legend = size.top + 20 * r
    return (
      `<polyline fill="none" stroke="${colour}" stroke-width="2"${dash} points="${points.map((p) => p.join()).join(' ')}"/>` +
      points.map(([px, py]) => `<circle cx="${px}" cy="${py}" r="3.5" fill="${colour}"/>`).join('') +
      `<line x1="${size.width - size.right + 16}" x2="${size.width - size.right + 40}" y1="${legend}" y2="${legend}" stroke="${colour}" stroke-width="2"${dash}/>` +
      `<text x="${size.width - size.right + 46}" y="${legend + 4}">${row.name}</text>`
    )
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
<text x="${size.left}" y="18" font-size="11">${heading}</text>
${[...grid, ...axis, ...lines].join('\n')}
<text x="${(size.left + size.width - size.right) / 2}" y="${size.height - 8}" text-anchor="middle">labelled scans</text>
<text transform="translate(16 ${size.height / 2}) rotate(-90)" text-anchor="middle">mean foreground Dice</text>
</svg>
`
}
