/** Reading and writing parameters (or their moments) by name. */
import type { Executor } from './executor.ts'
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
export async function readParameters(
  from: Executor,
  places: readonly Place[],
  prefix = '',
): Promise<Map<string, Float32Array>> {
  const values = await from.read(places)
  return new Map(places.map(({ name }, i) => [prefix + name, values[i].slice()]))
}

/** Write the values whose names (after the prefix) and sizes fit. Names without the prefix are left alone. */
export function writeParameters(to: Executor, places: readonly Place[], values: Tensors, prefix = ''): SetReport {
  const report: SetReport = { set: [], missing: [], unknown: [], mismatched: [] }
  const known = new Set<string>()
  for (const { name, offset, size } of places) {
    const key = prefix + name
    known.add(key)
    const given = values.get(key)
    if (!given) report.missing.push(key)
    else if (given.length !== size) report.mismatched.push(key)
    else {
      to.write({ offset, size }, (place) => place.set(given))
      report.set.push(key)
    }
  }
  for (const key of values.keys()) if (key.startsWith(prefix) && !known.has(key)) report.unknown.push(key)
  return report
}

/** All moments of the optimiser, named "<moment>/<parameter>". */
export async function readMoments(
  from: Executor,
  parameters: readonly PlacedParameter[],
): Promise<Map<string, Float32Array>> {
  const moments = new Map<string, Float32Array>()
  for (const name of momentNames(parameters)) {
    const values = await readParameters(from, momentPlaces(parameters, name), `${name}/`)
    for (const [key, value] of values) moments.set(key, value)
  }
  return moments
}

export function writeMoments(to: Executor, parameters: readonly PlacedParameter[], values: Tensors): SetReport[] {
  const names = momentNames(parameters)
  return names.map((name) => writeParameters(to, momentPlaces(parameters, name), values, `${name}/`))
}

const momentNames = (parameters: readonly PlacedParameter[]): string[] => Object.keys(parameters[0]?.moments ?? {})

const momentPlaces = (parameters: readonly PlacedParameter[], moment: string): Place[] =>
  parameters.map(({ name, size, moments }) => ({ name, size, offset: moments[moment] }))
