/**
 * The training loop, for pretraining and fine-tuning alike: set the batch, take a step, write down what it gave, and leave
 * a checkpoint every so often. What a step sees is a pure function of seed and step number, so a checkpoint needs no more
 * than weights, optimiser state and the number of the step, and a resumed run ends with the very same weights.
 */
import { decodeTensors, encodeTensors, type Session } from '../engine/index.ts'
import { Cancelled, TrainingError, type Host } from './host.ts'

export interface LoopOptions {
  host: Host
  session: Session
  stage: string
  steps: number
  checkpointSeconds: number
  /** Gives the session its inputs for a step (0-based). */
  feed(step: number): void | Promise<void>
  /** Learning rate, and factors per parameter group (0 = frozen). */
  schedule(step: number): { rate: number; groups?: Record<string, number> }
  /** Names the figures of a step for metrics.jsonl and the curves. */
  figures(result: { loss: number; outputs: Record<string, number> }): Record<string, number>
  /** Extra figures after some steps, such as a validation; null where there are none. Must not change the session's state. */
  inspect?(step: number): Promise<Record<string, number> | null>
  /** Whether to end after a step, long before the last perhaps, given its figures. A function of the weights alone. */
  enough?(figures: Record<string, number>): Promise<boolean>
  /** Written into the checkpoint; a checkpoint with other figures is refused. */
  identity: Record<string, unknown>
}

const checkpointFile = 'checkpoint.bin'
export const metricsFile = 'metrics.jsonl'

/**
 * Runs all steps, or until it is enough, from the checkpoint if there is one. Returns the seconds that training took, earlier
 * parts included, and the steps done.
 */
export async function trainLoop(options: LoopOptions): Promise<{ seconds: number; steps: number }> {
  const { host, session, steps } = options
  const start = await restore(options)
  let spent = start.seconds
  let saved = host.seconds()
  let stepSeconds = 0
  let last = host.seconds()
  let done = start.step
  for (let ended = start.ended; done < steps && !ended;) {
    const step = done++
    await options.feed(step)
    const result = await session.step(options.schedule(step))
    const values = { ...options.figures(result), ...((await options.inspect?.(step)) ?? {}) }
    const now = host.seconds()
    spent += now - last
    stepSeconds = stepSeconds === 0 ? now - last : 0.9 * stepSeconds + 0.1 * (now - last)
    last = now
    const metric = { step: step + 1, seconds: round(spent), values }
    await host.run.append(metricsFile, JSON.stringify(metric) + '\n')
    host.tell({ type: 'metric', metric })
    host.tell({
      type: 'progress',
      stage: options.stage,
      done: step + 1,
      total: steps,
      etaSeconds: Math.round((steps - step - 1) * stepSeconds),
    })
    await host.breathe()
    ended = (await options.enough?.(values)) ?? false
    const due = host.seconds() - saved >= options.checkpointSeconds
    if (due || ended || host.cancelled() || done === steps) {
      await save(options, done, spent, ended)
      saved = host.seconds()
    }
    if (host.cancelled() && done < steps && !ended) throw new Cancelled()
  }
  return { seconds: spent, steps: done }
}

async function save(options: LoopOptions, step: number, seconds: number, ended: boolean): Promise<void> {
  const { parameters, moments, step: optimiserStep, groupSteps } = await options.session.state()
  const tensors = new Map<string, Float32Array>()
  for (const [name, values] of parameters) tensors.set(`parameter/${name}`, values)
  for (const [name, values] of moments) tensors.set(`moment/${name}`, values)
  const meta = { version: 1, step, optimiserStep, groupSteps, seconds, ended, identity: options.identity }
  await options.host.run.write(checkpointFile, encodeTensors(tensors, meta))
}

async function restore(options: LoopOptions): Promise<{ step: number; seconds: number; ended: boolean }> {
  const { host, session } = options
  const bytes = await host.run.read(checkpointFile)
  if (bytes === null) {
    await host.run.write(metricsFile, '')
    return { step: 0, seconds: 0, ended: false }
  }
  const { tensors, meta } = decodeTensors(bytes)
  const { step, optimiserStep, groupSteps, seconds, ended, identity } = meta as {
    step: number
    optimiserStep: number
    groupSteps: Record<string, number>
    seconds: number
    ended: boolean
    identity: unknown
  }
  if (JSON.stringify(identity) !== JSON.stringify(options.identity)) {
    throw new TrainingError(
      'The checkpoint of this run was written under other settings, or for another number of processor threads. Start a new run instead of resuming this one.',
    )
  }
  const parameters = new Map<string, Float32Array>()
  const moments = new Map<string, Float32Array>()
  for (const [name, values] of tensors) {
    const [kind, ...rest] = name.split('/')
    ;(kind === 'parameter' ? parameters : moments).set(rest.join('/'), values)
  }
  await session.setState({ step: optimiserStep, groupSteps, parameters, moments })
  await trimMetrics(host, step)
  return { step, seconds, ended }
}

/** Takes out the lines of steps after the checkpoint (and a half-written last line): they will be done again. */
async function trimMetrics(host: Host, step: number): Promise<void> {
  const bytes = await host.run.read(metricsFile)
  const lines = new TextDecoder().decode(bytes ?? new Uint8Array()).split('\n')
  const kept = lines.filter((line) => {
    try {
      return (JSON.parse(line) as { step: number }).step <= step
    } catch {
      return false
    }
  })
  await host.run.write(metricsFile, kept.map((line) => line + '\n').join(''))
}

/** Linear warm-up over the first `warmup` steps, then polynomial decay to zero (power 0.9, as nnU-Net). In (0, 1]. */
export function warmupThenPoly(step: number, steps: number, warmup: number): number {
  const up = Math.min(1, (step + 1) / Math.max(1, warmup))
  return up * (1 - step / steps) ** 0.9
}

/**
 * How many steps fit in what is left of a budget in minutes, counted from `began` (host seconds): takes a few steps on the
 * session, whose state the caller resets afterwards, and counts with their median. `besides`: other work of a run of so many
 * steps, in steps' worth of time; it grows with their number. At least 1.
 */
export async function stepsWithin(
  host: Host,
  budget: { minutes: number; began: number; besides?: (steps: number) => number },
  take: (step: number) => Promise<void>,
): Promise<{ steps: number; each: number }> {
  const times: number[] = []
  for (let i = 0; i < 6; i++) {
    const before = host.seconds()
    await take(i)
    if (i > 0) times.push(host.seconds() - before) // the first one warms caches up
  }
  const each = times.sort((a, b) => a - b)[Math.floor(times.length / 2)]
  const room = (budget.minutes * 60 - (host.seconds() - budget.began)) / each
  return { steps: Math.max(1, Math.floor(room - (budget.besides?.(room) ?? 0))), each }
}

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000
