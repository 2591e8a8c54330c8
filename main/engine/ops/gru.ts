/** One step of a gated recurrent unit (Cho et al. 2014; reset gate after the product, as in cuDNN), made of simpler operations. */
import type { Tensor } from '../tensor.ts'
import { slice } from './channels.ts'
import { add, multiply, scale, sigmoid, tanh } from './elementwise.ts'
import { matmul } from './matrices.ts'

/** What the state goes through. Gates side by side: update, reset, candidate. */
export interface GruParameters {
  /** [units, 3·units] */
  readonly weights: Tensor
  /** [3·units] */
  readonly bias?: Tensor
}

/**
 * fromInput: matrix [R, 3·units], the input times its weights [inputs, 3·units] and plus its bias. An input that several steps
 * read is multiplied only once that way. state: matrix [R, units]. Returns the next state [R, units].
 */
export function gru(fromInput: Tensor, state: Tensor, { weights, bias }: GruParameters): Tensor {
  const units = state.shape[1]
  const fromState = matmul(state, weights, { bias })
  const gate = (i: number) => [slice(fromInput, i * units, units), slice(fromState, i * units, units)] as const
  const update = sigmoid(add(...gate(0)))
  const reset = sigmoid(add(...gate(1)))
  const [candidateInput, candidateState] = gate(2)
  const candidate = tanh(add(candidateInput, multiply(reset, candidateState)))
  // (1 - update)·candidate + update·state
  return add(candidate, multiply(update, add(state, scale(candidate, -1))))
}
