/** First values of parameters. Each parameter draws from its own stream, so adding one changes no other. */
import { random } from '../../shared/domain/random.ts'

export type Initialiser =
  /** Normal, deviation √(2 / ((1 + slope²)·fanIn)): keeps variance through leaky ReLU (He et al. 2015, eq. 15). */
  | { readonly kind: 'heNormal'; readonly fanIn: number; readonly slope?: number }
  /** Uniform in [-limit, limit). */
  | { readonly kind: 'uniform'; readonly limit: number }
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'constant'; readonly value: number }

/** Fill `values` as the initialiser says; the stream is named by the parameter. */
export function initialiseValues(values: Float32Array, initialiser: Initialiser, seed: number, name: string): void {
  const stream = random(seed, 'parameter', name)
  const draw = drawer(initialiser, stream)
  for (let i = 0; i < values.length; i++) values[i] = draw()
}

function drawer(initialiser: Initialiser, stream: ReturnType<typeof random>): () => number {
  switch (initialiser.kind) {
    case 'heNormal': {
      const deviation = Math.sqrt(2 / ((1 + (initialiser.slope ?? 0) ** 2) * initialiser.fanIn))
      return () => deviation * stream.normal()
    }
    case 'uniform':
      return () => stream.uniform(-initialiser.limit, initialiser.limit)
    case 'normal':
      return () => initialiser.deviation * stream.normal()
    case 'constant':
      return () => initialiser.value
  }
}
