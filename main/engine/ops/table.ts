/** All operations by name: what a graph may hold. */
import { concatOp, sliceOp } from './channels.ts'
import { convOp, convTransposedOp } from './convolution.ts'
import { addOp, leakyReluOp, multiplyOp, scaleOp, sigmoidOp, softmaxOp, tanhOp } from './elementwise.ts'
import { diceCrossEntropyOp, maskedSquareErrorOp, meanOp, softmaxCrossEntropyOp, weightedSumOp } from './losses.ts'
import { gatherRowsOp, matmulOp, normaliseRowsOp } from './matrices.ts'
import { normaliseByOp, normaliseOp } from './normalise.ts'
import type { Op } from './op.ts'
import { globalMeanOp, maxPoolOp } from './pooling.ts'
import { flattenOp, reshapeMatrixOp, toVolumeOp } from './reshape.ts'
import { constant, input, parameter } from './sources.ts'

export const ops: Readonly<Record<string, Op | undefined>> = {
  input,
  parameter,
  constant,
  conv: convOp,
  convTransposed: convTransposedOp,
  normalise: normaliseOp,
  normaliseBy: normaliseByOp,
  maxPool: maxPoolOp,
  globalMean: globalMeanOp,
  concat: concatOp,
  slice: sliceOp,
  flatten: flattenOp,
  toVolume: toVolumeOp,
  reshapeMatrix: reshapeMatrixOp,
  add: addOp,
  multiply: multiplyOp,
  scale: scaleOp,
  leakyRelu: leakyReluOp,
  sigmoid: sigmoidOp,
  tanh: tanhOp,
  softmax: softmaxOp,
  matmul: matmulOp,
  gatherRows: gatherRowsOp,
  normaliseRows: normaliseRowsOp,
  softmaxCrossEntropy: softmaxCrossEntropyOp,
  diceCrossEntropy: diceCrossEntropyOp,
  maskedSquareError: maskedSquareErrorOp,
  mean: meanOp,
  weightedSum: weightedSumOp,
}
