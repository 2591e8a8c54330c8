/** A program at work: an arena on a device, the values in it, and runs of the program. */
import { EngineError } from './errors.ts'
import { initialiseValues } from './initialise.ts'
import type { Backend, LoadedProgram } from './kernels/index.ts'
import {
  readMoments,
  readParameters,
  writeMoments,
  writeParameters,
  type SetReport,
  type Tensors,
} from './parameters.ts'
import { profileProgram, type Profile } from './profile.ts'
import type { PlacedTensor, Program } from './program.ts'
import { count, describe } from './tensor.ts'
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

export class Session {
  readonly device: { readonly kind: string; readonly name: string; readonly threads: number }
  readonly program: Program
  readonly #backend: Backend
  readonly #floats: Float32Array
  readonly #loaded: { prepare: LoadedProgram; forward: LoadedProgram; backward: LoadedProgram; update: LoadedProgram }
  readonly #missingInputs: Set<string>
  /** Milliseconds that the back end took in the last step or evaluation; the rest of its time is ours. */
  kernelMilliseconds = 0
  #groupSteps: Record<string, number> = {}
  #step = 0
  #prepared = false
  #hasParameters = false
  #closed = false

  /** Use `openSession`. */
  constructor(program: Program, backend: Backend) {
    this.program = program
    this.device = { kind: backend.kind, name: backend.name, threads: backend.threads }
    this.#backend = backend
    this.#floats = backend.floats
    const { prepare, forward, backward, update } = program.segments
    const load = (calls: typeof forward) => backend.load(calls)
    this.#loaded = { prepare: load(prepare), forward: load(forward), backward: load(backward), update: load(update) }
    this.#missingInputs = new Set(program.inputs.map(({ name }) => name))
  }

  /** Parameters by their initialisers, each from its own stream of random numbers; moments zero; step 0. */
  initialise(seed: number): void {
    for (const { name, initialiser, offset, size } of this.program.parameters) {
      initialiseValues(this.#floats.subarray(offset, offset + size), initialiser, seed, name)
    }
    const { offset, size } = this.program.momentRange
    this.#floats.fill(0, offset, offset + size)
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
    writeTensor(this.#floats, input, values)
    this.#missingInputs.delete(name)
  }

  /**
   * One training step. Throws EngineError 'not-finite' if the loss or the gradient is not a number; parameters and moments
   * are then as they were before.
   */
  step({ rate, groups = {} }: StepOptions): StepResult {
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
    const result = { loss: this.#floats[loss], norm: this.#floats[norm], outputs: this.#scalars() }
    if (!Number.isFinite(result.loss) || !Number.isFinite(result.norm)) throw notFinite(result.loss, this.#step)
    for (const { name, schedule, scale } of this.program.groups) {
      const factor = taking[name]
      const t = (this.#groupSteps[name] ?? 0) + (factor > 0 ? 1 : 0)
      this.#groupSteps[name] = t
      const [one, two] = optimiser.kind === 'adamW' ? [optimiser.beta1, optimiser.beta2] : [0, 0]
      this.#floats.set([rate, 1 - one ** t, 1 - two ** t], schedule)
      this.#floats[scale] = factor
    }
    this.#run('update')
    this.#step++
    return result
  }

  /** The forward part: outputs, and the loss of a training program. Changes no parameter. */
  evaluate(): { loss?: number; outputs: Record<string, number> } {
    this.#checkReady()
    this.kernelMilliseconds = 0
    if (!this.#prepared) this.#run('prepare')
    this.#prepared = true
    this.#run('forward')
    const { loss } = this.program
    return { loss: loss === undefined ? undefined : this.#floats[loss], outputs: this.#scalars() }
  }

  /** Dense copy of an output tensor after a step or an evaluation. */
  output(name: string): Float32Array {
    return readTensor(this.#floats, find(this.program.outputs, name, 'output'))
  }

  /** Copies of all parameters by name. */
  parameters(): Map<string, Float32Array> {
    return readParameters(this.#floats, this.program.parameters, '')
  }

  /** Copies of the gradients of the last step by name. */
  gradients(): Map<string, Float32Array> {
    const places = this.program.parameters.filter(({ gradient }) => gradient >= 0)
    return readParameters(this.#floats, places.map((place) => ({ ...place, offset: place.gradient })), '') // prettier-ignore
  }

  /** Set parameters by name; tells which were set and which did not fit. Nothing is thrown: transfer is partial by nature. */
  setParameters(values: Tensors): SetReport {
    this.#prepared = false
    this.#hasParameters = true
    return writeParameters(this.#floats, this.program.parameters, values, '')
  }

  /** Everything that an exact resume needs, copied. */
  state(): TrainingState {
    const moments = readMoments(this.#floats, this.program.parameters)
    return { step: this.#step, groupSteps: { ...this.#groupSteps }, parameters: this.parameters(), moments }
  }

  /** Continue from a state of the same program. Throws EngineError 'input' if anything is missing or does not fit. */
  setState({ step, groupSteps, parameters, moments }: TrainingState): void {
    const reports = [this.setParameters(parameters), ...writeMoments(this.#floats, this.program.parameters, moments)]
    const bad = reports.flatMap(({ missing, mismatched }) => [...missing, ...mismatched])
    if (bad.length > 0) {
      throw new EngineError('input', `The saved state does not belong to this network: ${bad.slice(0, 3).join(', ')} …`)
    }
    this.#step = step
    this.#groupSteps = { ...groupSteps }
  }

  /** Stop the threads and give back the memory. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#backend.close()
  }

  /** Time of each part of a step by operation and kernel, one call at a time: for finding what is slow. Changes nothing. */
  profile(): Profile {
    this.#checkReady()
    const state = this.state()
    const profile = profileProgram(this.program, this.#backend)
    this.setState(state)
    return profile
  }

  #run(segment: keyof Program['segments']): void {
    const start = performance.now()
    this.#backend.run(this.#loaded[segment])
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

  #scalars(): Record<string, number> {
    const scalars = this.program.outputs.filter(({ kind }) => kind === 'scalar')
    return Object.fromEntries(scalars.map(({ name, offset }) => [name, this.#floats[offset]]))
  }
}

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
