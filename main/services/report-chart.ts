/** A line chart as SVG text, for reports: no script, no font, nothing from elsewhere. */

export type Line = {
  name: string
  colour: string
  points: readonly (readonly [x: number, y: number])[]
  dashed?: boolean
}

const [width, height] = [640, 260]
const pad = { left: 56, right: 14, top: 12, bottom: 40 }

/** Names are the caller's and are escaped by `escape`. The y axis starts at 0 where nothing lies below. */
export function lineChart(lines: readonly Line[], xTitle: string, escape: (text: string) => string): string {
  const points = lines.flatMap((line) => line.points).filter(([, y]) => Number.isFinite(y))
  if (points.length === 0) return ''
  const xMost = points.reduce((most, [x]) => Math.max(most, x), 1)
  const low = Math.min(0, ...extremes(points, Math.min))
  const yTicks = ticks(low, Math.max(...extremes(points, Math.max)))
  const [bottom, top] = [yTicks[0], yTicks.at(-1)!]
  const x = (value: number) => pad.left + (value / xMost) * (width - pad.left - pad.right)
  const y = (value: number) =>
    height - pad.bottom - ((value - bottom) / (top - bottom)) * (height - pad.top - pad.bottom)
  const grid = yTicks.map(
    (tick) =>
      `<line x1="${pad.left}" x2="${width - pad.right}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}" class="grid"/>` +
      `<text x="${pad.left - 8}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end">${Number(tick.toPrecision(6))}</text>`,
  )
  const across = ticks(0, xMost)
    .filter((tick) => tick <= xMost)
    .map(
      (tick) => `<text x="${x(tick).toFixed(1)}" y="${height - pad.bottom + 18}" text-anchor="middle">${tick}</text>`,
    )
  const paths = lines.map(({ points: all, colour, dashed }) => {
    const d = thin(all).map(([px, py], n) => `${n ? 'L' : 'M'}${x(px).toFixed(1)} ${y(py).toFixed(1)}`)
    // A single point is a dot.
    if (d.length === 1) d.push('h0')
    return `<path d="${d.join('')}" stroke="${colour}"${all.length === 1 ? ' stroke-width="7"' : ''}${dashed ? ' stroke-dasharray="6 5"' : ''}/>`
  })
  const legend = lines.map(
    ({ name, colour, points: all }) =>
      `<li><i style="background:${colour}"></i>${escape(name)} <b>${(all.at(-1)?.[1] ?? 0).toPrecision(3)}</b></li>`,
  )
  const title = `<text x="${(pad.left + width) / 2}" y="${height - 6}" text-anchor="middle">${escape(xTitle)}</text>`
  return `<svg viewBox="0 0 ${width} ${height}" role="img">${grid.join('')}${across.join('')}${title}<g fill="none" stroke-width="2" stroke-linecap="round">${paths.join('')}</g></svg><ul class="legend">${legend.join('')}</ul>`
}

const extremes = (points: Line['points'], pick: (a: number, b: number) => number): number[] => [
  points.map(([, y]) => y).reduce((a, b) => pick(a, b)),
]

/** About four round values from at most `low` to at least `high`. */
function ticks(low: number, high: number): number[] {
  const span = high - low || 1
  const ten = 10 ** Math.floor(Math.log10(span / 4))
  const step = [1, 2, 5, 10].map((factor) => factor * ten).find((one) => one >= span / 4)!
  const first = Math.floor(low / step)
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9))
  return Array.from({ length: last - first + 1 }, (_, n) => Number(((first + n) * step).toPrecision(10)))
}

/** Means of buckets: noisy curves stay readable. */
function thin(points: Line['points'], most = 160): Line['points'] {
  if (points.length <= most) return points
  const size = points.length / most
  return Array.from({ length: most }, (_, n) => {
    const part = points.slice(Math.floor(n * size), Math.floor((n + 1) * size))
    return [part.at(-1)![0], part.reduce((sum, [, y]) => sum + y, 0) / part.length] as const
  })
}
