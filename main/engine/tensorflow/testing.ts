/** TensorFlow.js in plain JavaScript, for tests: the same operations as over the native library, and always there. */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import type { Found } from './library.ts'

export async function plainTensorFlow(): Promise<Found> {
  tf.env().set('IS_TEST', true) // else it advertises its native package
  await tf.setBackend('cpu')
  return { tf, name: 'TensorFlow.js, plain' }
}
