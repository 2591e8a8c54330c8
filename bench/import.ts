/**
 * How quickly scans come in: our importer beside dcm2niix (Debian package dcm2niix) on the same files, and how quickly an
 * index of 5,000 series opens and filters.
 *
 *     npm run -s bench -- import [--quick] [--json]        reads ../shared/data (or HANDFUL_DATA)
 *
 * Both read from a warm file cache and write uncompressed volumes. "reading" is the importer at work in a running program
 * (hashing, window, small picture and index-ready volume, forced to the disk); "command" the whole command line from its
 * start, as dcm2niix's time is. Medians of five.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { filterCases } from '../renderer/state/filter.ts'
import type { CaseSummary } from '../shared/domain/records.ts'
import { makeGeometry } from '../main/imaging/geometry.ts'
import { identity } from '../main/imaging/affine.ts'
import { createLibrary, newId } from '../main/library/index.ts'
import { createServices } from '../main/services/index.ts'
import { runImport } from '../main/workers/importer/import.ts'

type SpeedRow = { set: string; files: number; reading: number; command: number; dcm2niix: number | null }
export type ImportBench = { speed: SpeedRow[]; index: { series: number; open: number; filter: number } }

const sets = ['large-mr-t1/example-dicom-structural', 'ct/philips-head-5mm-28', 'ct/ge-variable-tilt-28']
const series = 5000

export async function run({ json = false, quick = false }: { json?: boolean; quick?: boolean }): Promise<ImportBench> {
  const root = mkdtempSync(join(tmpdir(), 'handful-bench-'))
  try {
    const times = quick ? 1 : 5
    const result: ImportBench = { speed: [], index: await indexOf(join(root, 'index'), times) }
    for (const set of sets) {
      const row = await speedOf(set, root, times)
      if (row) result.speed.push(row)
    }
    if (json) console.log(JSON.stringify(result))
    else show(result)
    return result
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

async function speedOf(set: string, root: string, times: number): Promise<SpeedRow | undefined> {
  const archive = join(resolve(process.env.HANDFUL_DATA ?? '../shared/data'), 'dicom', `${set}.tar.xz`)
  if (!existsSync(archive)) return void console.error(`skipped: no ${archive} (set HANDFUL_DATA)`)
  const scans = join(root, set.replace('/', '-'))
  mkdirSync(scans)
  execFileSync('tar', ['-xJf', archive, '-C', scans])
  const has = !spawnSync('dcm2niix', ['-v'], { stdio: 'ignore' }).error
  if (!has) console.error('dcm2niix is not installed: no comparison (apt install dcm2niix)')
  let files = 0
  const reading = await median(times, async (n) => {
    const folder = join(root, `read-${n}`)
    mkdirSync(join(folder, 'labels'), { recursive: true })
    const request = { folder, paths: [scans], labelFolder: null, modality: null, known: [], labels: [] }
    await runImport(request, (message) => message.type === 'series' && (files = message.sources.length), () => false) // prettier-ignore
    return () => rmSync(folder, { recursive: true })
  })
  const cli = new URL('../main/cli/index.ts', import.meta.url).pathname
  const command = await median(times, async (n) => {
    const project = join(root, `command-${n}`)
    const env = { ...process.env, HANDFUL_HOME: root }
    execFileSync(process.execPath, [cli, 'import', scans, '--project', project], { stdio: 'ignore', env })
    return () => rmSync(project, { recursive: true })
  })
  const theirs = has
    ? await median(times, async (n) => {
        const out = join(root, `nii-${n}`)
        mkdirSync(out)
        execFileSync('dcm2niix', ['-z', 'n', '-o', out, scans], { stdio: 'ignore' })
        return () => rmSync(out, { recursive: true })
      })
    : null
  rmSync(scans, { recursive: true })
  return { set, files, reading, command, dcm2niix: theirs }
}

/** Median seconds; `work` returns what tidies up after it, which is not timed. */
async function median(times: number, work: (n: number) => Promise<() => unknown>): Promise<number> {
  const seconds: number[] = []
  // The first is not counted: file cache, compiled code.
  for (let n = 0; n <= times; n++) {
    const start = performance.now()
    const tidy = await work(n)
    if (n > 0) seconds.push((performance.now() - start) / 1000)
    await tidy()
  }
  return seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)]
}

/** Seconds until a project of 5,000 series is open and its list is there, and until a typed filter has its answer. */
async function indexOf(folder: string, times: number): Promise<ImportBench['index']> {
  fill(folder)
  let cases: CaseSummary[] = []
  const open = await median(times, async () => {
    const services = createServices({ mode: 'workstation', homeFolder: folder })
    await services.handlers['project.open']({ folder })
    cases = await services.handlers['cases.list'](undefined)
    return () => services.close()
  })
  if (cases.length !== series) throw new Error(`${cases.length} cases of ${series}`)
  const filter = await median(times, async (n) => {
    const found = filterCases(cases, `t1 ${n}`)
    if (found.length === 0) throw new Error('the filter found nothing')
    return () => {}
  })
  return { series, open, filter }
}

function fill(folder: string): void {
  const library = createLibrary(folder, 'Five thousand')
  const geometry = makeGeometry([256, 256, 180], identity)
  const permutation = { axes: [0, 1, 2] as [number, number, number], flips: [false, false, false] as [boolean, boolean, boolean] } // prettier-ignore
  library.transaction(() => {
    for (let n = 0; n < series; n++) {
      const [id, name] = [newId('series'), `MR ${n} t1 mprage ${n % 97}`]
      const files = Array.from({ length: 3 }, (_, f) => ({ path: `/scans/${n}/${f}.dcm`, size: 1e5, modifiedMs: 0 }))
      library.insertSeries({ ...geometry, id, name, modality: 'MR', reader: 'dicom', status: 'ready', reason: null, dtype: 'int16', channels: 1, grid: geometry, permutation, contentSha256: id, channelNames: null }, files, null) // prettier-ignore
      library.insertCase(newId('case'), name, 'training', id)
    }
  })
  library.close()
}

function show({ speed, index }: ImportBench): void {
  const s = (value: number | null) => (value === null ? '–' : `${value.toFixed(3)} s`)
  const times = (ours: number, theirs: number | null) => (theirs === null ? '–' : `${(theirs / ours).toFixed(2)}×`)
  console.log('scans                                     files   reading   command  dcm2niix   reading  command')
  for (const { set, files, reading, command, dcm2niix } of speed)
    console.log(
      `${set.padEnd(40)} ${String(files).padStart(6)} ${[reading, command, dcm2niix].map((v) => s(v).padStart(9)).join(' ')} ${[reading, command].map((v) => times(v, dcm2niix).padStart(8)).join(' ')}`, // prettier-ignore
    )
  console.log(
    `index of ${index.series} series: open with its list ${s(index.open)}, filter ${(1000 * index.filter).toFixed(1)} ms`,
  )
}
