/** The Train button: estimate, start, watch, cancel, resume. */
import type { Handlers, Training, TrainingRequest } from '../../shared/api/contract.ts'
import { newId, refuse, type Library, type StoredTraining } from '../library/index.ts'
import { openProject, requireIdle, type Context } from './context.ts'
import { listDevices } from './devices.ts'
import { driveTraining, type Stop } from './training-journey.ts'
import { estimateTraining, sortCases } from './training-plan.ts'

type TrainingHandlers = Pick<
  Handlers,
  'training.estimate' | 'training.start' | 'training.current' | 'training.cancel' | 'training.pause' | 'training.resume'
>

/** The training being driven: its progress is newer here than in the database. */
const driven = new WeakMap<Context, StoredTraining>()

export function trainingHandlers(context: Context): TrainingHandlers {
  return {
    'training.estimate': async (request) => estimate(context, openProject(context), request),
    'training.start': (request) => startTraining(context, request),
    'training.current': () => current(context, openProject(context)),
    'training.cancel': ({ trainingId }) => {
      if (context.activeTraining?.id !== trainingId) refuse('This training is not running.')
      context.activeTraining.cancel()
      return undefined
    },
    'training.pause': ({ trainingId }) => {
      if (context.activeTraining?.id !== trainingId) refuse('This training is not running.')
      context.activeTraining.pause()
      return undefined
    },
    'training.resume': ({ trainingId }) => {
      const library = openProject(context)
      requireIdle(context, 'resuming this one')
      const training = library.training(trainingId) ?? refuse('This training is not in the project.')
      if (training.state === 'done') refuse('This training has finished; there is nothing to resume.')
      return drive(context, training)
    },
  }
}

async function estimate(context: Context, library: Library, request: TrainingRequest) {
  const devices = await listDevices(context.options.spawn)
  // "cpu" stands for whichever of its kinds works, as it does for single runs.
  const named = devices.filter(({ id }) => id === request.device || id.startsWith(`${request.device}-`))
  const device = named.find(({ ok }) => ok) ?? { ok: false, name: request.device }
  const plan = estimateTraining(library, request, device)
  if (context.activeTraining || context.activeRun) plan.obstacle = 'A training is running already.'
  return plan
}

export async function startTraining(context: Context, request: TrainingRequest): Promise<Training> {
  const library = openProject(context)
  requireIdle(context, 'starting another')
  const { obstacle, stages } = await estimate(context, library, request)
  if (obstacle !== null) refuse(obstacle)
  requireIdle(context, 'starting another')
  const { pool, labelled, predict, validation } = sortCases(library, request)
  const withVersion = (cases: typeof labelled) =>
    cases.flatMap(({ id, labelVersionId }) => (labelVersionId ? [{ caseId: id, versionId: labelVersionId }] : []))
  const training: StoredTraining = {
    id: newId('training'),
    state: 'running',
    request,
    created: new Date().toISOString(),
    stages: stages.map(({ key, name, minutes }) => ({
      ...{ key, name, minutes },
      ...{ state: 'waiting', runId: null, done: 0, total: 0, etaSeconds: null, seconds: 0 },
    })),
    device: null,
    message: '',
    modelId: null,
    scratchModelId: null,
    evaluation: null,
    scratchEvaluation: null,
    runs: {},
    cases: {
      pool: pool.map((entry) => entry.id),
      labelled: withVersion(labelled),
      predict: predict.map((entry) => entry.id),
      validation: withVersion(validation),
    },
  }
  return drive(context, training)
}

/** Sets a training going in the background and returns it as it starts. */
function drive(context: Context, training: StoredTraining): Training {
  let stop: Stop | null = null
  const end = (how: Stop) => {
    stop ??= how
    context.activeRun?.cancel()
  }
  for (const stage of training.stages) {
    if (stage.state !== 'done' && stage.state !== 'skipped') stage.state = 'waiting'
  }
  training.state = 'running'
  driven.set(context, training)
  const active = {
    id: training.id,
    cancel: () => end('cancelled'),
    pause: () => end('paused'),
    finished: Promise.resolve(),
  }
  context.activeTraining = active
  active.finished = driveTraining(context, training, () => stop)
    .catch((error: unknown) => {
      training.state = 'failed'
      training.message = error instanceof Error ? error.message : String(error)
      context.library?.saveTraining(training)
    })
    .finally(() => {
      driven.delete(context)
      if (context.activeTraining === active) context.activeTraining = null
      context.events.emit('training.changed', structuredClone(training))
    })
  return structuredClone(training)
}

function current(context: Context, library: Library): Training | null {
  const going = driven.get(context)
  return going ? structuredClone(going) : library.newestTraining()
}

/** After opening a project: a training that counts as running has lost its process. */
export function interruptTrainings(library: Library): void {
  for (const training of library.runningTrainings()) {
    training.state = 'interrupted'
    training.message = 'Handful ended while this was running. It can be resumed.'
    for (const stage of training.stages) if (stage.state === 'running') stage.state = 'interrupted'
    library.saveTraining(training)
  }
}
