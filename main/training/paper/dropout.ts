/**
 * Dropout at rate 0.5 (Srivastava et al., JMLR 2014) with masks that the host draws: what a step drops is a function of seed
 * and step, so a resumed run drops the same, on every device.
 */
import { multiply, type Inputs, type Tensor } from '../../engine/index.ts'
import { random } from '../../../shared/domain/random.ts'

export class Dropouts {
  private readonly masks: { name: string; values: Float32Array }[] = []

  /** x with half of its values zero and the others doubled, so that the mean stays. Any volume or matrix. */
  apply(x: Tensor): Tensor {
    const name = `dropout ${this.masks.length}`
    this.masks.push({ name, values: new Float32Array(x.shape.reduce((size, n) => size * n, 1)) })
    return multiply(x, x.graph.input(name, x.shape, x.kind === 'matrix' ? 'matrix' : 'volume'))
  }

  /** Gives a session the masks of a step. */
  feed(inputs: Inputs, seed: number, step: number): void {
    for (const { name, values } of this.masks) {
      const draw = random(seed, name, step)
      // A step has millions of these: one draw for 32, and 2 as a float is 1 << 30.
      const words = new Uint32Array(values.buffer)
      for (let i = 0; i < words.length; i += 32) {
        let bits = draw.float() * 2 ** 32
        const end = Math.min(i + 32, words.length)
        for (let k = i; k < end; k++) {
          words[k] = (bits & 1) << 30
          bits >>>= 1
        }
      }
      inputs.setInput(name, values)
    }
  }
}
