/** How the automatic choice finds out what a start is worth: trainings and predictions with labelled cases hidden in turn. */
import type { CaseScore, Evaluation } from '../../shared/domain/records.ts'
import type { CrossValidateConfig, FinetuneConfig, PretrainConfig } from '../../shared/domain/trainer.ts'
import { toValues } from './classes.ts'
import { crossValidate, foldsOf } from './cross-validate.ts'
import { evaluationOf, measureCase } from './evaluate.ts'
import { json, readJson, type Host } from './host.ts'
import { keepPieces, keptPieces, layoutOf } from './pieces.ts'
import { openPredictor, readModel } from './predict.ts'
import { backToSource, closeCases, likelyOnPlan, prepareCase, prepareCases } from './prepare.ts'
import { openPropagation } from './propagation.ts'

/** A fine-tuning of a choice's labelled cases, from scratch and on the choice's own plan unless `wish` says otherwise. */
export function tuningOf(
  config: PretrainConfig,
  wish: Pick<FinetuneConfig, 'budget'> & Partial<FinetuneConfig>,
): FinetuneConfig {
  const { runId, seed, device, threads, checkpointSeconds, labels, probe } = config
  const same = { runId, seed, device, threads, checkpointSeconds, labels, cases: probe, watch: [], unlabelled: [] }
  return { kind: 'finetune', ...same, selfTraining: false, fromFolder: null, likeFolder: '.', ...wish }
}

/** A host whose folders are those of the choice's run: "." is the run itself. */
export const withFolders = (inside: Host, host: Host): Host => ({
  ...inside,
  folder: (path) => host.run.inside(path),
})

/** Fine-tunes and measures from one start; folders are named from the run's own. */
export async function probeStart(
  config: PretrainConfig,
  host: Host,
  start: string,
  steps: number,
): Promise<Evaluation> {
  const inProbe = within(host, probeFolder(start), `from ${start}`)
  const known = (await readJson(inProbe.run, 'evaluation.json')) as Evaluation | null
  if (known !== null) return known
  // A random start takes over the plan alone.
  const folders = start === 'scratch' ? {} : { fromFolder: start, likeFolder: null }
  const tuning = tuningOf(config, { budget: { steps }, ...folders })
  const crossed: CrossValidateConfig = { ...tuning, kind: 'cross-validate', modelId: '', hidden: config.hidden }
  const evaluation = await crossValidate(crossed, withFolders(inProbe, host))
  await inProbe.run.write('evaluation.json', json(evaluation))
  return evaluation
}

const probeFolder = (start: string): string => `probe-${start}`

/** labels.json: what labels carried over are worth, and what the network finds in the same cases. */
export interface LabelProbe {
  carried: Evaluation
  network: Evaluation
}

/** Of each fold so many hidden cases have labels carried over to them at most: registration takes its time. */
const mostHeld = 2

/**
 * How good labels are that are carried over to hidden cases from the others: alone, or averaged with what the start's probe
 * finds there, whichever is better in the mean. null where nothing can be carried over.
 */
export async function probeLabels(config: PretrainConfig, host: Host, start: string): Promise<LabelProbe | null> {
  const inProbe = within(host, probeFolder(start), `labels carried over, from ${start}`)
  const known = (await readJson(inProbe.run, 'labels.json')) as LabelProbe | null
  if (known !== null) return known
  const { labels, probe, seed } = config
  const [alone, joined, network]: CaseScore[][] = [[], [], []]
  const folds = foldsOf(probe, config.hidden, seed)
  for (const [i, { held, learnt, folder }] of folds.entries()) {
    const model = await readModel(inProbe.run.inside(folder))
    const { plan, values } = model
    const some = held.slice(0, mostHeld)
    const cases = await prepareCases(learnt, plan, inProbe, { labels: values })
    const extents = some.map((source) => likelyOnPlan(source, plan))
    const propagation = openPropagation(plan, cases, extents, values.length, seed)
    closeCases(cases)
    if (propagation === null) return null
    const predictor = await openPredictor(model, config.device, config.threads ?? host.cores)
    try {
      for (const source of some) {
        const prepared = await prepareCase(source, plan, inProbe, { labels: false })
        const measure = async (probabilities: Float32Array) => {
          const map = toValues(backToSource(prepared, probabilities, values.length, null), values)
          return measureCase(labels, source, map, inProbe)
        }
        alone.push(await measure(await propagation.alone(prepared, inProbe)))
        const found = await predictor.probabilities(prepared, inProbe)
        network.push(await measure(found))
        await propagation.join(prepared, found, inProbe)
        keepPieces(found, prepared.shape, keptPieces(model), layoutOf(model))
        joined.push(await measure(found))
      }
    } finally {
      await predictor.session.close()
    }
    const [done, total] = [i + 1, folds.length]
    inProbe.tell({ type: 'progress', stage: 'Carrying labels over', done, total, etaSeconds: null })
  }
  const evaluate = (scores: CaseScore[]) => evaluationOf('', 'cross-validation', scores)
  const [a, b] = [evaluate(alone), evaluate(joined)]
  const found = { carried: (a.dice ?? -1) > (b.dice ?? -1) ? a : b, network: evaluate(network) }
  await inProbe.run.write('labels.json', json(found))
  return found
}

/**
 * The same host, working in a folder of the run's; what it says is marked as a part of the whole. shows: its curves are those of
 * the run.
 */
export function within(host: Host, folder: string, what: string, shows = false): Host {
  return {
    ...host,
    run: host.run.inside(folder),
    tell(message) {
      if (message.type === 'progress') host.tell({ ...message, stage: `${message.stage} (${what})` })
      else if (message.type === 'device' || (shows && message.type === 'metric')) host.tell(message)
      // Curves and notices of single candidates would be taken for those of the run.
    },
  }
}
