/** Labels in hand, packed small enough to be kept after each stroke. */

export interface Draft {
  caseId: string
  parentId: string | null
  voxels: number
  /** Milliseconds since 1970. */
  when: number
  /** Runs of [length, value]. */
  runs: Uint32Array<ArrayBuffer>
}

/** A label map as runs of [length, value], x fastest. */
export function packRuns(samples: Uint8Array): Uint32Array<ArrayBuffer> {
  const runs: number[] = []
  for (let start = 0, n = 1; start < samples.length; n++) {
    if (n < samples.length && samples[n] === samples[start]) continue
    runs.push(n - start, samples[start])
    start = n
  }
  return Uint32Array.from(runs)
}

/** @throws RangeError when the runs don't fill the map */
export function unpackRuns(runs: Uint32Array, voxels: number): Uint8Array<ArrayBuffer> {
  const samples = new Uint8Array(voxels)
  let at = 0
  for (let n = 0; n < runs.length; n += 2) {
    samples.fill(runs[n + 1], at, at + runs[n])
    at += runs[n]
  }
  if (at !== voxels) throw new RangeError(`${at} voxels came where ${voxels} belong`)
  return samples
}

/** A draft as bytes: a line of JSON, padded to whole words, then the runs (little-endian). */
export function draftBytes({ runs, ...head }: Draft): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify(head)
  const line = new TextEncoder().encode(text + ' '.repeat(3 - (text.length % 4)) + '\n')
  const bytes = new Uint8Array(line.length + runs.byteLength)
  bytes.set(line)
  bytes.set(new Uint8Array(runs.buffer), line.length)
  return bytes
}

/** undefined for what is no draft. */
export function readDraftBytes(buffer: ArrayBuffer): Draft | undefined {
  const bytes = new Uint8Array(buffer)
  const end = bytes.indexOf(10) + 1
  if (end < 4 || (bytes.length - end) % 8) return undefined
  try {
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) as Omit<Draft, 'runs'>
    return { ...head, runs: new Uint32Array(buffer.slice(end)) }
  } catch {
    return undefined
  }
}
