/** The models of a project: which one is active, the trash, and models as files. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Handlers, ModelDetails } from '../../shared/api/contract.ts'
import { Plan } from '../../shared/domain/plan.ts'
import type { Label, Model, ModelEntry } from '../../shared/domain/records.ts'
import { decodeTensors } from '../engine/index.ts'
import { layout, newId, refuse, refuseFileError, writeFileSafely, writeJson, type Library } from '../library/index.ts'
import { namedPieces } from '../training/pieces.ts'
import { ModelMeta } from '../training/predict.ts'
import { appVersion } from './app.ts'
import { openProject, requireIdle, type Context } from './context.ts'
import type { ReadBody } from './label-saving.ts'
import { packModel, unpackModel } from './model-file.ts'
import { findModel } from './predictions.ts'
import { piecesKeptBy, readReport } from './run-results.ts'

type ModelHandlers = Pick<
  Handlers,
  | 'models.list'
  | 'models.details'
  | 'models.use'
  | 'models.remove'
  | 'models.restore'
  | 'models.purge'
  | 'models.export'
>

export function modelHandlers(context: Context): ModelHandlers {
  return {
    'models.list': () => listModels(openProject(context)),
    'models.details': ({ modelId }) => describeModel(openProject(context), modelId),
    'models.use': ({ modelId }) => {
      const library = openProject(context)
      library.setProjectFact('active model', findModel(library, modelId).id)
      return listModels(library)
    },
    'models.remove': ({ modelId }) => {
      const library = openProject(context)
      requireIdle(context, 'deleting a model')
      library.setModelRemoved(findModel(library, modelId).id, new Date().toISOString())
      return listModels(library)
    },
    'models.restore': ({ modelId }) => {
      const library = openProject(context)
      if (!library.setModelRemoved(modelId, null)) refuse('This model is not in the trash any more.')
      return listModels(library)
    },
    'models.purge': ({ modelId }) => {
      const library = openProject(context)
      const model = library.removedModels().find(({ id }) => id === modelId)
      if (!model) refuse('This model is not in the trash. Delete it first.')
      // Its row stays, for the proposals that it made; its weights are what takes room.
      for (const name of weightFiles) rmSync(join(layout.runFolder(library.folder, model.runId), name), { force: true })
      return listModels(library)
    },
    'models.export': ({ modelId, folder }) => {
      const library = openProject(context)
      return { file: exportModel(library, findModel(library, modelId), folder) }
    },
  }
}

const weightFiles = ['model.bin', 'best.bin', 'checkpoint.bin']
const weightsOf = (library: Library, model: Model) => join(layout.runFolder(library.folder, model.runId), 'model.bin')

/** Newest first; those in the trash, whose weights are still there, last. */
export function listModels(library: Library): ModelEntry[] {
  const active = activeModel(library)
  const entry = (model: Model, removed: string | null): ModelEntry => {
    const { twin, imported } = originOf(library, model)
    return { ...model, active: model.id === active?.id, twin, imported, removed }
  }
  return [
    ...library.models().map((model) => entry(model, null)),
    ...library
      .removedModels()
      .flatMap(({ removed, ...model }) => (existsSync(weightsOf(library, model)) ? entry(model, removed) : [])),
  ]
}

/** The model that proposes labels: the one chosen, else the newest that is no twin; null where there is none. */
export function activeModel(library: Library): Model | null {
  const models = library.models()
  const chosen = library.projectFact('active model')
  return (
    models.find(({ id }) => id === chosen) ??
    models.find((model) => !originOf(library, model).twin) ??
    models[0] ??
    null
  )
}

function originOf(library: Library, model: Model): { twin: boolean; imported: boolean } {
  const config = readRunFile(library, model, 'config.json') as { kind?: string; likeFolder?: string | null } | null
  return { twin: Boolean(config?.likeFolder), imported: config?.kind === 'imported' }
}

function readRunFile(library: Library, model: Model, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(layout.runFolder(library.folder, model.runId), name), 'utf8'))
  } catch {
    return null
  }
}

/** What is known of a model beside its entry in the list. */
export function describeModel(library: Library, modelId: string): ModelDetails {
  const model = findModel(library, modelId)
  const run = library.run(model.runId)
  const from = model.fromRunId ? library.run(model.fromRunId) : null
  const report = readReport(library, model.runId)
  const plan = Plan.safeParse((readRunFile(library, model, 'plan.json') as { plan?: unknown } | null)?.plan)
  return {
    model,
    caseNames: model.cases.map((id) => library.case(id)?.name ?? id),
    evaluation: library.newestEvaluation(model.id),
    plan: plan.success ? plan.data : null,
    task: from?.task ?? null,
    recipe: from?.recipe ?? null,
    selfLabelled: report.selfTraining?.scans.length ?? 0,
    pieces: piecesKeptBy(library, model.runId),
    seed: run?.seed ?? 0,
    device: run?.device ?? null,
    seconds: report.seconds ?? null,
  }
}

/** Writes `<model's name>.handful-model` into a folder, made where it is missing; returns the file. */
export function exportModel(library: Library, model: Model, into: string): string {
  const folder = resolve(into)
  const weights = weightsOf(library, model)
  if (!existsSync(weights)) refuse('The weights of this model are gone: it was deleted for good.')
  const content = readFileSync(weights)
  const meta = ModelMeta.safeParse(decodeTensors(content).meta)
  const bytes = packModel(
    {
      name: model.name,
      created: model.created,
      madeWith: `Handful ${appVersion()}`,
      labels: labelsKnown(meta.data, library.labels()),
      steps: model.steps,
      cases: model.cases.length,
      pretrained: model.fromRunId !== null,
      dice: model.dice,
    },
    content,
  )
  const file = join(folder, `${model.name.replace(/[^\p{L}\p{N} ._()-]/gu, '_')}.handful-model`)
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSafely(file, [bytes])
  } catch (error) {
    refuseFileError(error, `The model could not be written to ${folder}`)
  }
  return file
}

/**
 * Takes a model file in as a model of the project. One label at least must be the project's, unless that has none yet, and none
 * may stand there under another name.
 */
export function importModel(library: Library, bytes: Uint8Array): Model {
  const { header, weights, meta: found } = unpackModel(bytes)
  const meta = ModelMeta.safeParse(found)
  const labels = labelsKnown(meta.data, header.labels)
  checkLabels(library, labels)
  const created = new Date().toISOString()
  const runId = newId('finetune')
  const folder = layout.runFolder(library.folder, runId)
  mkdirSync(folder, { recursive: true })
  writeJson(join(folder, 'config.json'), { kind: 'imported', name: header.name, created: header.created })
  const { steps, pretrained } = header
  writeJson(join(folder, 'report.json'), {
    steps,
    pretrained,
    pieces: meta.success ? namedPieces(meta.data) : [],
    values: meta.data?.values,
  })
  const { plan } = meta.data ?? {}
  if (plan) writeJson(join(folder, 'plan.json'), { plan, threads: 1, cases: [], steps, secondsPerStep: null })
  writeFileSafely(join(folder, 'model.bin'), [weights])
  const model: Model = {
    id: newId('model'),
    runId,
    name: `${header.name}, imported`,
    created,
    cases: [],
    fromRunId: null,
    steps: header.steps,
    dice: null,
  }
  library.transaction(() => {
    if (library.labels().length === 0) library.setLabels(labels)
    library.insertRun(
      {
        id: runId,
        kind: 'finetune',
        state: 'done',
        task: null,
        recipe: null,
        fromRunId: null,
        modelId: model.id,
        seed: 0,
        cases: [],
        device: null,
        step: header.steps,
        steps: header.steps,
        created,
        started: null,
        finished: created,
        reason: null,
      },
      null,
    )
    library.insertModel(model)
  })
  return model
}

/** Labels that a model's network tells apart, as the set calls them today where it still has them. */
function labelsKnown(meta: Pick<ModelMeta, 'labels' | 'values'> | undefined, set: readonly Label[]): Label[] {
  const known = meta?.labels.filter(({ value }) => meta.values.includes(value)) ?? set
  return known.map((label) => set.find(({ value }) => value === label.value) ?? label)
}

function checkLabels(library: Library, labels: readonly Label[]): void {
  const own = library.labels()
  if (own.length === 0) return
  const named = (set: readonly Label[]) => set.map(({ value, name }) => `${value} ${name}`).join(', ')
  const alike = (label: Label, { name }: Label) => label.name.toLowerCase() === name.toLowerCase()
  const shared = labels.flatMap((label) =>
    own.filter(({ value }) => value === label.value).map((one) => alike(one, label)),
  )
  // What the set does not have (a label deleted since) is not painted.
  if (shared.length === 0 || shared.includes(false))
    refuse(
      `The model's labels (${named(labels)}) are not this project's (${named(own)}). Import it into a project with the same labels.`,
    )
}

/** Models come in as `PUT /models/<bytes>`; null for any other path. */
export async function receiveModel(context: Context, path: string, read: ReadBody): Promise<ModelEntry[] | null> {
  const match = /^\/models\/(\d{1,11})$/.exec(path)
  if (!match) return null
  const bytes = Number(match[1])
  if (bytes > mostBytes) refuse('A model file of more than 2 GB is none of Handful’s.')
  const library = openProject(context)
  importModel(library, await read(bytes))
  return listModels(library)
}
const mostBytes = 2e9
