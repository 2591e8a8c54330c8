/** Which figures of which runs belong into one chart. */
import type { Training } from '../../../shared/api/contract.ts'
import type { Metric } from '../../../shared/domain/records.ts'
import type { Point } from '../../components/scale.ts'

export interface Chart {
  /** The figure's name, such as "segmentation loss": the chart's title and y axis. */
  title: string
  /** Steps that are planned for the longest of its stages; 0 = unknown. */
  steps: number
  series: { name: string; stage: Training['stages'][number]['key']; validation: boolean; points: Point[] }[]
}

/**
 * One chart per figure. What pretraining measures on scans kept apart ("pretext validation loss") joins its counterpart
 * ("pretext loss"); fine-tuning and its twin from scratch share a chart, so that one sees which learns faster.
 */
export function chartsOf(
  stages: readonly Pick<Training['stages'][number], 'key' | 'name' | 'runId' | 'total'>[],
  metrics: ReadonlyMap<string, readonly Metric[]>,
  validationName: (stage: string) => string,
): Chart[] {
  const charts = new Map<string, Chart>()
  for (const stage of stages) {
    const points = new Map<string, Point[]>()
    for (const { step, values } of (stage.runId && metrics.get(stage.runId)) || [])
      for (const [name, value] of Object.entries(values)) {
        if (!points.has(name)) points.set(name, [])
        points.get(name)!.push([step, value])
      }
    for (const [name, line] of points) {
      // The smoothed score decides which weights are best; the eye smooths by itself.
      if (name.endsWith(', smoothed')) continue
      const validation = name.startsWith('pretext validation')
      const title = name.replace(/\bvalidation\s+/, '')
      if (!charts.has(title)) charts.set(title, { title, steps: 0, series: [] })
      const chart = charts.get(title)!
      chart.steps = Math.max(chart.steps, stage.total)
      const label = validation ? validationName(stage.name) : stage.name
      chart.series.push({ name: label, stage: stage.key, validation, points: line })
    }
  }
  return [...charts.values()]
}
