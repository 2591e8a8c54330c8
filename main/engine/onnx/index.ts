/** ONNX: trained networks for other people's tools; and programs run by ONNX Runtime, as an answer from elsewhere. */
export { openOnnx, type OnnxOptions } from './executor.ts'
export { trainingModel } from './training-model.ts'
export { loadRuntime } from './runtime.ts'
export { networkModel } from './network-model.ts'
