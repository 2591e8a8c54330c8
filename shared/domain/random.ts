/**
 * Seeded random numbers: xoshiro128** 1.1 (Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2021),
 * its 128-bit state filled by a 32-bit mixing counter from a hash of the seed and of the stream's names.
 *
 * One seed gives any number of independent streams: `random(seed, 'patches')` and `random(seed, 'augment', 3)` never
 * influence each other, however many numbers each draws. So adding a draw in one place changes nothing elsewhere, and the
 * same seed gives the same numbers on every machine (integer arithmetic only; `normal` also uses Math.log, cos and sin).
 */

export interface Random {
  /** Uniform in [0, 1), a multiple of 2^-32. */
  float(): number
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number
  /** Uniform whole number in 0..n-1, without bias. n: 1..2^32. */
  integer(n: number): number
  /** Standard normal deviate (Box-Muller). */
  normal(): number
  /** True with the given probability (default 0.5). */
  chance(probability?: number): boolean
  /** Shuffles in place (Fisher-Yates) and returns the same array. */
  shuffle<T>(array: T[]): T[]
  /** One element, each equally likely. Throws RangeError on an empty array. */
  pick<T>(array: readonly T[]): T
  /** Whole state, plain JSON; `restoreRandom` continues the same sequence. */
  state(): RandomState
}

/** Four words of state, and the second deviate of the last Box-Muller pair if it has not been handed out yet. */
export interface RandomState {
  readonly words: readonly [number, number, number, number]
  readonly spare: number | null
}

/** A generator for one stream. seed: any whole number (its low 32 bits count); names: what the stream is for. */
export function random(seed: number, ...names: (string | number)[]): Random {
  let counter = hashStream(seed, names)
  const next = () => {
    counter = (counter + 0x9e3779b9) | 0
    return mix(counter)
  }
  return generator([next(), next(), next(), next()], null)
}

/** Continue a stream from `Random.state()`. */
export function restoreRandom(state: RandomState): Random {
  return generator([...state.words], state.spare)
}

/** 32-bit hash of a seed and stream names: a seed for something else. Same input, same number, on every machine. */
export function hashStream(seed: number, names: readonly (string | number)[]): number {
  let hash = mix(seed | 0)
  for (const name of names) {
    // The type and the length take part, so ('a', 'b') differs from ('ab') and 1 from '1'.
    const text = typeof name === 'number' ? `#${name}` : `${name.length}:${name}`
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    hash = mix(hash)
  }
  return hash >>> 0
}

/** Avalanche of 32 bits: every input bit flips every output bit with probability near one half (MurmurHash3's finaliser). */
function mix(value: number): number {
  let z = value | 0
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
  return (z ^ (z >>> 16)) >>> 0
}

const rotateLeft = (x: number, k: number): number => (x << k) | (x >>> (32 - k))

function generator([a, b, c, d]: [number, number, number, number], firstSpare: number | null): Random {
  if ((a | b | c | d) === 0) a = 1 // the all-zero state is the one fixed point of the generator
  let spare = firstSpare

  const bits = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotateLeft(d, 11)
    return result
  }
  const float = () => bits() / 4294967296

  const integer = (n: number): number => {
    if (!(Number.isInteger(n) && n >= 1 && n <= 4294967296)) {
      throw new RangeError(`random.integer(n) needs a whole number 1..2^32, not ${n}.`)
    }
    // Numbers from the last, incomplete multiple of n are drawn again: otherwise small results were likelier.
    const limit = 4294967296 - (4294967296 % n)
    let value = bits()
    while (value >= limit) value = bits()
    return value % n
  }

  const normal = (): number => {
    if (spare !== null) {
      const value = spare
      spare = null
      return value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - float()))
    const angle = 2 * Math.PI * float()
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  return {
    float,
    integer,
    normal,
    uniform: (low, high) => low + (high - low) * float(),
    chance: (probability = 0.5) => float() < probability,
    shuffle: (array) => {
      for (let i = array.length - 1; i > 0; i--) {
        const j = integer(i + 1)
        const kept = array[i]
        array[i] = array[j]
        array[j] = kept
      }
      return array
    },
    pick: (array) => {
      if (array.length === 0) throw new RangeError('random.pick needs at least one element.')
      return array[integer(array.length)]
    },
    state: () => ({ words: [a >>> 0, b >>> 0, c >>> 0, d >>> 0], spare }),
  }
}
