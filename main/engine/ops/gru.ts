/** One step of a gated recurrent unit (Cho et al. 2014; reset gate after the product, as in cuDNN), made of simpler operations. */
import type { Tensor } from '../tensor.ts'
import { slice } from './channels.ts'
import { add, multiply, scale, sigmoid, tanh } from './elementwise.ts'
import { matmul } from './matrices.ts'

/** Gates side by side: update, reset, candidate. */
export interface GruParameters {
  /** [inputs, 3·units] */
  readonly inputWeights: Tensor
  /** [units, 3·units] */
  readonly stateWeights: Tensor
  /** [3·units] */
  readonly inputBias?: Tensor
  /** [3·units] */
  readonly stateBias?: Tensor
}

/** x: matrix [R, inputs]; state: matrix [R, units]. Returns the next state [R, units]. */
export function gru(x: Tensor, state: Tensor, parameters: GruParameters): Tensor {
  const { inputWeights, stateWeights, inputBias, stateBias } = parameters
  const units = state.shape[1]
  const fromInput = matmul(x, inputWeights, { bias: inputBias })
  const fromState = matmul(state, stateWeights, { bias: stateBias })
  const gate = (i: number) => [slice(fromInput, i * units, units), slice(fromState, i * units, units)] as const
  const update = sigmoid(add(...gate(0)))
  const reset = sigmoid(add(...gate(1)))
  const [candidateInput, candidateState] = gate(2)
  const candidate = tanh(add(candidateInput, multiply(reset, candidateState)))
  // (1 - update)·candidate + update·state
  return add(candidate, multiply(update, add(state, scale(candidate, -1))))
}
