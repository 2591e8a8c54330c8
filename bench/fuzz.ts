/**
 * A long seeded fuzzer of the readers: real files of ../shared/data (or HANDFUL_DATA), bytes changed, cut and spliced by the
 * thousand. Nothing may throw, hang, or take much memory; a refusal must come with a plain reason.
 *
 *     npm run bench -- fuzz [--quick] [--json]
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { random, type Random } from '../shared/domain/random.ts'
import { alone, assemble, directoryFiles, groupSeries, readHeader } from '../main/imaging/dicom.ts'
import { readNifti } from '../main/imaging/nifti.ts'
import {
  isSegmentation,
  isStructureSet,
  readSegmentation,
  readStructureSet,
  segmentMasks,
  structureLabels,
} from '../main/imaging/segmentation.ts'
import { sniff } from '../main/imaging/sniff.ts'
import { identity } from '../main/imaging/affine.ts'
import { makeGeometry } from '../main/imaging/geometry.ts'
import { inflateByZlib } from '../main/workers/importer/bytes.ts'

type Found = { file: string; case: number; problem: string }
export type FuzzReport = {
  files: number
  cases: number
  read: number
  refused: number
  slowestMs: number
  slowest: string
  mostMemoryMb: number
  problems: Found[]
}

const seed = 20261121
const mostBytes = 2 * 2 ** 20
const slowMs = 3000

/** Reads 10,000 mutated files (quick: 1,000). The same seed and data give the same mutations. */
export async function run({ json = false, quick = false }: { json?: boolean; quick?: boolean }): Promise<FuzzReport> {
  const cases = quick ? 1000 : 10_000
  const folder = resolve(process.env.HANDFUL_DATA ?? '../shared/data')
  const files = corpus(folder)
  const report: FuzzReport = { files: files.length, cases: 0, read: 0, refused: 0, slowestMs: 0, slowest: '', mostMemoryMb: 0, problems: [] } // prettier-ignore
  if (files.length === 0) console.error(`no files below ${folder} (set HANDFUL_DATA)`)
  for (let n = 0; n < cases && files.length > 0; n++) {
    const draw = random(seed, 'fuzz', n)
    const file = draw.pick(files)
    const bytes = mutate(new Uint8Array(readFileSync(file)), files, draw)
    const before = process.memoryUsage().arrayBuffers
    // Processor time: whatever else the machine is doing.
    const start = process.cpuUsage()
    try {
      const reason = await readAny(bytes, file)
      if (reason === undefined) report.read++
      else report.refused++
      if (reason !== undefined && !/^[\p{Lu}\d].{15,}\.$/su.test(reason))
        note(report, file, n, `no plain reason: ${reason}`)
    } catch (error) {
      note(report, file, n, String((error as Error)?.stack ?? error).slice(0, 400))
    }
    const { user, system } = process.cpuUsage(start)
    const ms = (user + system) / 1000
    if (ms > report.slowestMs)
      Object.assign(report, { slowestMs: Math.round(ms), slowest: `${file.slice(folder.length + 1)} #${n}` })
    if (ms > slowMs) note(report, file, n, `took ${Math.round(ms)} ms`)
    report.mostMemoryMb = Math.max(
      report.mostMemoryMb,
      Math.round((process.memoryUsage().arrayBuffers - before) / 2 ** 20),
    )
    report.cases++
    if (!json && n % 500 === 499) console.error(`${n + 1} of ${cases}: ${report.problems.length} problems`)
  }
  if (json) console.log(JSON.stringify(report))
  else show(report)
  if (report.problems.length > 0 || files.length === 0) process.exitCode = 1
  return report
}

function note(report: FuzzReport, file: string, n: number, problem: string): void {
  if (report.problems.length < 50) report.problems.push({ file, case: n, problem })
}

function corpus(folder: string): string[] {
  if (!existsSync(folder)) return []
  return ['dicom', 'nifti']
    .map((part) => join(folder, part))
    .filter(existsSync)
    .flatMap((part) => (readdirSync(part, { recursive: true }) as string[]).map((name) => join(part, name)))
    .filter((path) => {
      const stats = statSync(path)
      return stats.isFile() && stats.size > 0 && stats.size <= mostBytes && !/\.(json|md|txt|xz|nrrd)$/i.test(path)
    })
    .sort()
}

/** One of: a few bytes changed anywhere or in the header, bits flipped, cut, a piece of another file put in, lengths blown up. */
function mutate(bytes: Uint8Array, files: readonly string[], draw: Random): Uint8Array {
  const kind = draw.integer(6)
  const reach = draw.chance(0.7) ? Math.min(bytes.length, 3000) : bytes.length
  const hits = 1 + draw.integer(kind === 5 ? 3 : 12)
  if (kind === 0) return bytes.subarray(0, draw.integer(bytes.length))
  if (kind === 1) {
    const other = new Uint8Array(readFileSync(draw.pick(files)))
    const piece = other.subarray(0, Math.min(other.length, 1 + draw.integer(4000)))
    bytes.set(piece.subarray(0, bytes.length), draw.integer(Math.max(1, bytes.length - piece.length)))
    return bytes
  }
  for (let hit = 0; hit < hits; hit++) {
    const at = draw.integer(reach)
    if (kind === 2) bytes[at] = draw.integer(256)
    else if (kind === 3) bytes[at] ^= 1 << draw.integer(8)
    else if (kind === 4) bytes.fill(draw.pick([0, 255, 0x7f, 0x20]), at, at + 1 + draw.integer(8))
    else bytes.set([255, 255, 255, draw.pick([127, 255])].slice(0, bytes.length - at), at)
  }
  return bytes
}

/** Reads bytes as the importer would; the reason where they are refused. */
async function readAny(bytes: Uint8Array, name: string): Promise<string | undefined> {
  const inflate = inflateByZlib
  const found = await sniff(bytes.subarray(0, 4096), name, inflate)
  if ('reason' in found) return found.reason
  if (found.kind !== 'dicom') {
    const read = await readNifti(bytes, { inflate, limit: 2 ** 28 })
    return read.ok ? undefined : read.reason
  }
  const read = await readHeader(bytes, { inflate })
  if (!read.ok) return read.reason
  const { header } = read
  await directoryFiles(bytes, inflate)
  if (isSegmentation(header.sopClass)) {
    const seg = await readSegmentation(bytes, { inflate })
    if (!seg.ok) return seg.reason
    const masks = segmentMasks(seg.segmentation)
    return masks.ok ? undefined : masks.reason
  }
  if (isStructureSet(header.sopClass)) {
    const set = await readStructureSet(bytes, { inflate })
    if (!set.ok) return set.reason
    const labels = structureLabels(set.structures, makeGeometry([128, 128, 64], identity))
    return labels.ok ? undefined : labels.reason
  }
  for (const plan of groupSeries([header])) {
    if (!plan.ok) return plan.reason
    const volume = await assemble(
      plan,
      alone(async () => bytes, inflate),
    )
    if (!volume.ok) return volume.reason
  }
  return undefined
}

function show(report: FuzzReport): void {
  const { files, cases, read, refused, slowestMs, slowest, mostMemoryMb, problems } = report
  console.log(
    `${cases} mutated files made from ${files}: ${read} read, ${refused} refused with a reason, ${problems.length} problems`,
  )
  console.log(`slowest ${slowestMs} ms (${slowest}); most memory kept ${mostMemoryMb} MB`)
  for (const { file, case: n, problem } of problems) console.log(`  #${n} ${file}\n    ${problem}`)
}
