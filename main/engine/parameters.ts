/** Reading and writing parameters (or their moments) by name. */
import type { PlacedParameter } from './program.ts'

export type Tensors = ReadonlyMap<string, Float32Array>

/** What became of values that were to be set by name. */
export interface SetReport {
  readonly set: string[]
  /** Parameters of the program for which no values came; unchanged. */
  readonly missing: string[]
  /** Values for which the program has no parameter. */
  readonly unknown: string[]
  /** Values with another count than the parameter; unchanged. */
  readonly mismatched: string[]
}

type Place = Pick<PlacedParameter, 'name' | 'offset' | 'size'>

/** Copies by name, each name with the prefix in front. */
export function readParameters(
  floats: Float32Array,
  places: readonly Place[],
  prefix: string,
): Map<string, Float32Array> {
  return new Map(places.map(({ name, offset, size }) => [prefix + name, floats.slice(offset, offset + size)]))
}

/** Write the values whose names (after the prefix) and sizes fit. Names without the prefix are left alone. */
export function writeParameters(
  floats: Float32Array,
  places: readonly Place[],
  values: Tensors,
  prefix: string,
): SetReport {
  const report: SetReport = { set: [], missing: [], unknown: [], mismatched: [] }
  const known = new Set<string>()
  for (const { name, offset, size } of places) {
    const key = prefix + name
    known.add(key)
    const given = values.get(key)
    if (!given) report.missing.push(key)
    else if (given.length !== size) report.mismatched.push(key)
    else {
      floats.set(given, offset)
      report.set.push(key)
    }
  }
  for (const key of values.keys()) if (key.startsWith(prefix) && !known.has(key)) report.unknown.push(key)
  return report
}

/** All moments of the optimiser, named "<moment>/<parameter>". */
export function readMoments(floats: Float32Array, parameters: readonly PlacedParameter[]): Map<string, Float32Array> {
  const names = momentNames(parameters)
  return new Map(names.flatMap((name) => [...readParameters(floats, momentPlaces(parameters, name), `${name}/`)]))
}

export function writeMoments(
  floats: Float32Array,
  parameters: readonly PlacedParameter[],
  values: Tensors,
): SetReport[] {
  const names = momentNames(parameters)
  return names.map((name) => writeParameters(floats, momentPlaces(parameters, name), values, `${name}/`))
}

const momentNames = (parameters: readonly PlacedParameter[]): string[] => Object.keys(parameters[0]?.moments ?? {})

const momentPlaces = (parameters: readonly PlacedParameter[], moment: string): Place[] =>
  parameters.map(({ name, size, moments }) => ({ name, size, offset: moments[moment] }))
