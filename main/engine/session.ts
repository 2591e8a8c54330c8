/**
 * A program at work: an arena on a device, the values in it, and runs of the program.
 *
 * What is given to a session takes effect in the order of the calls. What is asked of it comes as a promise, since a GPU
 * answers later; one question at a time.
 */
import { EngineError } from './errors.ts'
import type { Executor } from './executor.ts'
import { initialiseValues } from './initialise.ts'
import type { LoadedProgram } from './kernels/index.ts'
import { settleRunning } from './ops/normalise.ts'
import {
  readMoments,
  readParameters,
  writeMoments,
  writeParameters,
  type SetReport,
  type Tensors,
} from './parameters.ts'
import { profileProgram, type Profile } from './profile.ts'
import type { PlacedTensor, Program, Range } from './program.ts'
import { count, describe, floatsOf } from './tensor.ts'
import { readTensor, writeTensor } from './volumes.ts'

export interface StepOptions {
  /** Learning rate of this step. */
  readonly rate: number
  /** Factor on the rate for learning-rate groups by name; 1 where nothing is said, 0 freezes a group. */
  readonly groups?: Readonly<Record<string, number>>
}

export interface StepResult {
  readonly loss: number
  /** Euclidean norm of the whole gradient, before clipping. */
  readonly norm: number
  /** The scalars among the outputs. */
  readonly outputs: Record<string, number>
}

/** Everything that an exact resume needs. */
export interface TrainingState {
  readonly step: number
  /** Steps that each group has taken while it was not frozen; its moments start with the first of them. */
  readonly groupSteps: Readonly<Record<string, number>>
  readonly parameters: Tensors
  /** Moments of the optimiser: "m/<parameter>" and "v/<parameter>". */
  readonly moments: Tensors
}

/** What batches are given to: a session, or whoever passes them on to one. */
export type Inputs = Pick<Session, 'setInput'>

type LoadedSegments = Readonly<Record<keyof Program['segments'], LoadedProgram>>

export class Session {
  readonly device: { readonly kind: string; readonly name: string; readonly threads: number }
  readonly program: Program
  readonly #executor: Executor
  readonly #loaded: LoadedSegments
  readonly #missingInputs: Set<string>
  /** Milliseconds that the device took in the last step or evaluation; the rest of its time is ours. */
  kernelMilliseconds = 0
  #groupSteps: Record<string, number> = {}
  #step = 0
  #prepared = false
  #hasParameters = false
  #closed = false

  private constructor(program: Program, executor: Executor, loaded: LoadedSegments) {
    this.program = program
    this.device = { kind: executor.kind, name: executor.name, threads: executor.threads }
    this.#executor = executor
    this.#loaded = loaded
    this.#missingInputs = new Set(program.inputs.map(({ name }) => name))
  }

  /** Use `openSession`. */
  static async on(executor: Executor, program: Program): Promise<Session> {
    const { prepare, forward, backward, update } = program.segments
    const loaded = {
      prepare: await executor.load(prepare),
      forward: await executor.load(forward),
      backward: await executor.load(backward),
      update: await executor.load(update),
    }
    return new Session(program, executor, loaded)
  }

  /** Parameters by their initialisers, each from its own stream of random numbers; moments zero; step 0. */
  initialise(seed: number): void {
    for (const { name, initialiser, offset, size } of this.program.parameters) {
      this.#executor.write({ offset, size }, (values) => initialiseValues(values, initialiser, seed, name))
    }
    this.#executor.write(this.program.momentRange, (values) => values.fill(0))
    this.#step = 0
    this.#groupSteps = {}
    this.#prepared = false
    this.#hasParameters = true
  }

  /** Copy values into an input; they stay until they are set again. Dense, row-major, without halo. */
  setInput(name: string, values: Float32Array): void {
    const input = find(this.program.inputs, name, 'input')
    if (values.length !== count(input.shape)) {
      throw new EngineError(
        'input',
        `The input "${name}" is a ${describe(input)}: ${count(input.shape)} values, not ${values.length}.`,
      )
    }
    this.#executor.write(rangeOf(input), (floats) => writeTensor(floats, { ...input, offset: 0 }, values))
    this.#missingInputs.delete(name)
  }

  /**
   * One training step. Rejects with EngineError 'not-finite' if the loss or the gradient is not a number; parameters and moments
   * are then as they were before.
   */
  async step({ rate, groups = {} }: StepOptions): Promise<StepResult> {
    const { loss, norm, optimiser } = this.program
    if (loss === undefined || norm === undefined || !optimiser) {
      throw new EngineError('graph', 'This program was compiled for inference; it cannot train.')
    }
    if (!(Number.isFinite(rate) && rate >= 0)) throw new EngineError('input', `${rate} is no learning rate.`)
    this.#checkReady()
    const taking = this.#groupsTaking(groups)
    this.kernelMilliseconds = 0
    this.#run('forward')
    this.#run('backward')
    const scalars = this.#scalars()
    const [lossValue, normValue, ...values] = await this.#readScalars([
      loss,
      norm,
      ...scalars.map(({ offset }) => offset),
    ])
    const result = { loss: lossValue, norm: normValue, outputs: named(scalars, values) }
    if (!Number.isFinite(result.loss) || !Number.isFinite(result.norm)) throw notFinite(result.loss, this.#step)
    for (const { name, schedule, scale } of this.program.groups) {
      const factor = taking[name]
      const t = (this.#groupSteps[name] ?? 0) + (factor > 0 ? 1 : 0)
      this.#groupSteps[name] = t
      const [one, two] = optimiser.kind === 'adamW' ? [optimiser.beta1, optimiser.beta2] : [0, 0]
      const values = [rate, 1 - one ** t, 1 - two ** t]
      this.#executor.write({ offset: schedule, size: 3 }, (place) => place.set(values))
      this.#executor.write({ offset: scale, size: 1 }, (place) => place.fill(factor))
    }
    this.#run('update')
    this.#step++
    return result
  }

  /** The forward part: outputs, and the loss of a training program. Changes no parameter. */
  async evaluate(): Promise<{ loss?: number; outputs: Record<string, number> }> {
    this.#checkReady()
    this.kernelMilliseconds = 0
    if (!this.#prepared) this.#run('prepare')
    this.#prepared = true
    this.#run('forward')
    const { loss } = this.program
    const scalars = this.#scalars()
    const offsets = scalars.map(({ offset }) => offset)
    if (loss === undefined) return { loss, outputs: named(scalars, await this.#readScalars(offsets)) }
    const [lossValue, ...values] = await this.#readScalars([loss, ...offsets])
    return { loss: lossValue, outputs: named(scalars, values) }
  }

  /** Dense copy of an output tensor after a step or an evaluation. */
  async output(name: string): Promise<Float32Array> {
    const tensor = find(this.program.outputs, name, 'output')
    const [values] = await this.#executor.read([rangeOf(tensor)])
    return readTensor(values, { ...tensor, offset: 0 })
  }

  /** Copies of all parameters by name. */
  parameters(): Promise<Map<string, Float32Array>> {
    return readParameters(this.#executor, this.program.parameters)
  }

  /** Copies of the gradients of the last step by name. */
  gradients(): Promise<Map<string, Float32Array>> {
    const places = this.program.parameters.filter(({ gradient }) => gradient >= 0)
    return readParameters(this.#executor, places.map((place) => ({ ...place, offset: place.gradient }))) // prettier-ignore
  }

  /** Set parameters by name; tells which were set and which did not fit. Nothing is thrown: transfer is partial by nature. */
  setParameters(values: Tensors): SetReport {
    this.#prepared = false
    this.#hasParameters = true
    return writeParameters(this.#executor, this.program.parameters, this.#settled(values))
  }

  /** Everything that an exact resume needs, copied. */
  async state(): Promise<TrainingState> {
    const [step, groupSteps] = [this.#step, { ...this.#groupSteps }]
    const parameters = await this.parameters()
    return { step, groupSteps, parameters, moments: await readMoments(this.#executor, this.program.parameters) }
  }

  /** Continue from a state of the same program. Throws EngineError 'input' if anything is missing or does not fit. */
  setState({ step, groupSteps, parameters, moments }: TrainingState): void {
    const reports = [this.setParameters(parameters), ...writeMoments(this.#executor, this.program.parameters, moments)]
    const bad = reports.flatMap(({ missing, mismatched }) => [...missing, ...mismatched])
    if (bad.length > 0) {
      throw new EngineError('input', `The saved state does not belong to this network: ${bad.slice(0, 3).join(', ')} …`)
    }
    this.#step = step
    this.#groupSteps = { ...groupSteps }
  }

  /** Stop the threads and give back the memory. Not while a question is open. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#executor.close()
  }

  /** Time of each part of a step by operation and kernel, one call at a time: for finding what is slow. Changes nothing. */
  async profile(): Promise<Profile> {
    this.#checkReady()
    const state = await this.state()
    const profile = await profileProgram(this.program, this.#executor)
    this.setState(state)
    return profile
  }

  /** For inference running averages become what normalises; training goes on averaging. */
  #settled(values: Tensors): Tensors {
    const running = this.program.parameters.filter((parameter) => parameter.running && values.has(parameter.name))
    if (this.program.kind === 'training' || running.length === 0) return values
    return new Map([...values, ...running.map(({ name }) => [name, settleRunning(values.get(name)!)] as const)])
  }

  #run(segment: keyof Program['segments']): void {
    const start = performance.now()
    this.#executor.run(this.#loaded[segment])
    this.kernelMilliseconds += performance.now() - start
  }

  #checkReady(): void {
    if (this.#closed) throw new EngineError('device', 'This session has been closed.')
    if (!this.#hasParameters)
      throw new EngineError('input', 'The parameters have no values yet: initialise or set them.')
    if (this.#missingInputs.size === 0) return
    throw new EngineError('input', `These inputs have no values yet: ${[...this.#missingInputs].join(', ')}.`)
  }

  /** The factor of each group, 1 where nothing is said. */
  #groupsTaking(factors: Readonly<Record<string, number>>): Record<string, number> {
    const names = this.program.groups.map(({ name }) => name)
    for (const [name, factor] of Object.entries(factors)) {
      if (!names.includes(name)) {
        throw new EngineError('input', `There is no group of parameters named "${name}"; there is ${names.join(', ')}.`)
      }
      if (!(Number.isFinite(factor) && factor >= 0))
        throw new EngineError('input', `${factor} is no factor for a learning rate.`)
    }
    return Object.fromEntries(names.map((name) => [name, factors[name] ?? 1]))
  }

  #scalars(): PlacedTensor[] {
    return this.program.outputs.filter(({ kind }) => kind === 'scalar')
  }

  async #readScalars(offsets: readonly number[]): Promise<number[]> {
    if (offsets.length === 0) return []
    const start = performance.now()
    const values = await this.#executor.read(offsets.map((offset) => ({ offset, size: 1 })))
    const scalars = values.map(([value]) => value)
    this.kernelMilliseconds += performance.now() - start
    return scalars
  }
}

const rangeOf = (tensor: PlacedTensor): Range => ({ offset: tensor.offset, size: floatsOf(tensor) })

const named = (tensors: readonly PlacedTensor[], values: readonly number[]): Record<string, number> =>
  Object.fromEntries(tensors.map(({ name }, i) => [name, values[i]]))

function find(tensors: readonly PlacedTensor[], name: string, what: string): PlacedTensor {
  const found = tensors.find((tensor) => tensor.name === name)
  if (found) return found
  const names = tensors.map((tensor) => `"${tensor.name}"`).join(', ') || 'none'
  throw new EngineError('input', `This program has no ${what} named "${name}"; it has ${names}.`)
}

function notFinite(loss: number, step: number): EngineError {
  const what = Number.isFinite(loss) ? 'The gradient' : 'The loss'
  return new EngineError(
    'not-finite',
    `${what} is not a number after ${step} steps. The network is as it was before this step. ` +
      'Check the images for invalid values, or use a smaller learning rate.',
  )
}
