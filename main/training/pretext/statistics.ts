/**
 * Statistics of batch norm for use after training, estimated anew with the weights of the moment: mean and variance of all
 * that each batch norm is given over some batches of scans ("precise batch norm": Wu & Johnson, "Rethinking Batch in
 * BatchNorm", 2021, arXiv 2105.07576). The running averages of the released code lag behind the weights, and are made with dropout.
 */
import { compileInference, openSession, type DeviceId, type Session, type Tensors } from '../../engine/index.ts'
import { hashStream } from '../../../shared/domain/random.ts'
import { paperNetwork } from '../paper/network.ts'
import type { PreparedCase } from '../prepare.ts'
import type { Exercise } from './pretext.ts'

/** As many batches as there are scans, but no more than this. */
const mostBatches = 32

export interface Weights {
  /** Copies of all parameters as they are to be used: a function of the parameters, the scans and the seed. */
  now(): Promise<Tensors>
  /** Forward passes that it takes. */
  readonly batches: number
  close(): Promise<void>
}

/** Of a session whose network computes the same in training and after. */
export const weightsAsTheyAre = (training: Session): Weights => ({
  now: () => training.parameters(),
  batches: 0,
  close: async () => undefined,
})

/** For forward passes of an exercise alone; its loss is one of the outputs. */
export async function openForward({ graph, outputs, loss }: Exercise, options: { device: string; threads: number }) {
  const { device, threads } = options
  const program = compileInference({ graph, outputs: { ...outputs, loss }, threads })
  return { program, session: await openSession(program, { device: device as DeviceId, threads }) }
}

/** exercise: of the mode `statistics`; training: the session whose parameters are wanted. */
export async function estimatedStatistics(
  exercise: Exercise,
  training: Session,
  pool: readonly PreparedCase[],
  options: { seed: number; device: string; threads: number },
): Promise<Weights> {
  const { program, session } = await openForward(exercise, options)
  const seed = hashStream(options.seed, ['statistics'])
  const batches = Math.min(pool.length, mostBatches)
  return {
    async now() {
      const parameters = await training.parameters()
      session.setParameters(parameters)
      const moments = program.outputs.filter(({ name }) => parameters.has(name)).map(({ name, shape: [rows, c] }) => {
        return { name, rows, sums: new Float64Array(c) }
      }) // prettier-ignore
      for (let i = 0; i < batches; i++) {
        exercise.feed(session, pool, seed, i)
        await session.evaluate()
        for (const { name, rows, sums } of moments) {
          const values = await session.output(name)
          for (let at = 0; at < values.length; at++) sums[at % sums.length] += values[at] / (rows * batches)
        }
      }
      for (const { name, sums } of moments) parameters.set(name, statisticsOf(sums, parameters.get(name)!.at(-1)!))
      return parameters
    },
    batches,
    close: () => session.close(),
  }
}

/**
 * Means, then mean squares, of C channels → running statistics as batch norm keeps them (engine, `normalise`). filled: weight of
 * the running averages that they replace, which stays: a fine-tuning goes on averaging from there.
 */
function statisticsOf(moments: Float64Array, filled: number): Float32Array {
  const c = moments.length / 2
  const { epsilon } = paperNetwork.batchNorm
  const statistics = new Float32Array(2 * c + 1).fill(filled)
  for (let i = 0; i < c; i++) {
    statistics[2 * i] = filled * moments[i]
    statistics[2 * i + 1] = filled * (Math.max(0, moments[c + i] - moments[i] ** 2) + epsilon)
  }
  return statistics
}
