/**
 * Dropout at rate 0.5 (Srivastava et al., JMLR 2014) with masks that the host draws: what a step drops is a function of seed
 * and step, so a resumed run drops the same, on every device.
 */
import { multiply, type Session, type Tensor } from '../../engine/index.ts'
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
  feed(session: Session, seed: number, step: number): void {
    for (const { name, values } of this.masks) {
      const draw = random(seed, name, step)
      let bits = 0
      for (let i = 0; i < values.length; i++) {
        if ((i & 31) === 0) bits = draw.integer(2 ** 32)
        values[i] = ((bits >>> (i & 31)) & 1) * 2
      }
      session.setInput(name, values)
    }
  }
}
