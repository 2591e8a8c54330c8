/**
 * How quickly scans come in: our importer beside dcm2niix (Debian package dcm2niix) on the same files, and how quickly an
 * index of 5,000 series opens and filters.
 *
 *     npm run -s bench -- import [--quick] [--json]        reads ../shared/data (or HANDFUL_DATA)
 *
 * - app: what a user of the window waits for, from "Import" until the scan is in the list: hashes of all files, volume on
 *   its canonical grid, display window, small picture, index; volume and index forced to the disk. `first` is the first
 *   import after the dialog was opened, `again` the next one.
 * - command: `handful import` as a whole, with the start of Node and all modules.
 * - dcm2niix: as it comes (its default, the same as -z n: not compressed, not forced to the disk), and with -z y.
 *
 * Medians of several rounds; in each round every one of them (-z y in every third) runs once, in turn, from a warm file
 * cache, after all that was written before is on the disk (forcing one file there takes others along). Processor time is
 * that of all processes and threads.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { filterCases } from '../renderer/state/filter.ts'
import type { CaseSummary } from '../shared/domain/records.ts'
import { makeGeometry } from '../main/imaging/geometry.ts'
import { identity } from '../main/imaging/affine.ts'
import { createLibrary, newId } from '../main/library/index.ts'
import { createServices, type Services } from '../main/services/index.ts'
import { forkProcess } from '../main/workers/process.ts'

/** Seconds of the clock, and of processors (null where the system does not tell). */
type Time = { wall: number; cpu: number | null }
type Contender = 'first' | 'again' | 'command' | 'dcm2niix' | 'dcm2niix -z y'
type SpeedRow = { set: string; files: number; megabytes: number; times: Partial<Record<Contender, Time>> }
export type ImportBench = { speed: SpeedRow[]; index: { series: number; open: number; filter: number } }

const sets = ['large-mr-t1/example-dicom-structural', 'ct/philips-head-5mm-28', 'ct/ge-variable-tilt-28']
const series = 5000

export async function run({ json = false, quick = false }: { json?: boolean; quick?: boolean }): Promise<ImportBench> {
  const root = mkdtempSync(join(tmpdir(), 'handful-bench-'))
  try {
    const times = quick ? 1 : 7
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

async function speedOf(set: string, root: string, rounds: number): Promise<SpeedRow | undefined> {
  const archive = join(resolve(process.env.HANDFUL_DATA ?? '../shared/data'), 'dicom', `${set}.tar.xz`)
  if (!existsSync(archive)) return void console.error(`skipped: no ${archive} (set HANDFUL_DATA)`)
  const scans = join(root, set.replace('/', '-'))
  mkdirSync(scans)
  execFileSync('tar', ['-xJf', archive, '-C', scans])
  const has = !spawnSync('dcm2niix', ['-v'], { stdio: 'ignore' }).error
  if (!has) console.error('dcm2niix is not installed: no comparison (apt install dcm2niix)')
  const measured = new Map<Contender, Time[]>()
  const note = (who: Contender, time: Time) => measured.set(who, [...(measured.get(who) ?? []), time])
  // The first round is not counted: file cache.
  for (let round = 0; round <= rounds; round++) {
    const work = mkdtempSync(join(root, 'round-'))
    const own = round === 0 ? () => {} : note
    const session = await openApp(work)
    own('first', await session.import(scans, join(work, 'first')))
    if (has) own('dcm2niix', await command(work, 'dcm2niix', ['-o', work, scans]))
    own('again', await session.import(scans, join(work, 'again')))
    await session.close()
    // The slowest by far: fewer rounds must do.
    if (has && round % 3 === 1) own('dcm2niix -z y', await command(work, 'dcm2niix', ['-z', 'y', '-o', work, scans]))
    const cli = new URL('../main/cli/index.ts', import.meta.url).pathname
    own('command', await command(work, process.execPath, [cli, 'import', scans, '--project', join(work, 'command')]))
    rmSync(work, { recursive: true })
  }
  const found = readdirSync(scans, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const bytes = found.reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0)
  rmSync(scans, { recursive: true })
  const times = Object.fromEntries([...measured].map(([who, list]) => [who, medianOf(list)]))
  return { set, files: found.length, megabytes: bytes / 1e6, times }
}

/** The program behind the window, with the dialog for an import opened. */
async function openApp(
  home: string,
): Promise<{ import(scans: string, project: string): Promise<Time>; close(): Promise<void> }> {
  const pids: number[] = []
  const services = createServices({
    homeFolder: home,
    spawn: (file, args) => {
      const child = forkProcess(file, args)
      if (child.pid !== undefined) pids.push(child.pid)
      return child
    },
  })
  await services.handlers['import.prepare'](undefined)
  return {
    close: () => services.close(),
    async import(scans, project) {
      await services.handlers['project.create']({ folder: project, name: 'bench' })
      settle()
      const used = () => pids.reduce<number | null>((sum, pid) => plus(sum, usedBy(pid)), usedBy(process.pid))
      const [start, before] = [performance.now(), used()]
      await finishedImport(services, scans)
      const wall = (performance.now() - start) / 1000
      const after = used()
      const cases = await services.handlers['cases.list'](undefined)
      if (cases.length !== 1) throw new Error(`${cases.length} scans instead of one`)
      return { wall, cpu: after === null || before === null ? null : after - before }
    },
  }
}

async function finishedImport(services: Services, scans: string): Promise<void> {
  const done = Promise.withResolvers<void>()
  const off = services.on('job', (job) => {
    if (job.state === 'done') done.resolve()
    else if (job.state !== 'running') done.reject(new Error(job.message))
  })
  await services.handlers['import.start']({ paths: [scans], labelFolder: null, channels: null, fourth: 'channels' })
  await done.promise
  off()
}

/** Waits until nothing is left to be written. */
const settle = () => void spawnSync('sync')

/** A command from its start to its end; bash tells its processor time. */
async function command(home: string, program: string, args: string[]): Promise<Time> {
  const env = { ...process.env, HANDFUL_HOME: home, TIMEFORMAT: '%R %U %S' }
  settle()
  const start = performance.now()
  const run = spawnSync('bash', ['-c', 'time "$@" >/dev/null 2>&1', '_', program, ...args], { env, encoding: 'utf8' })
  if (run.error) {
    execFileSync(program, args, { stdio: 'ignore', env })
    return { wall: (performance.now() - start) / 1000, cpu: null }
  }
  if (run.status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${run.status}`)
  const [wall, user, system] = run.stderr.trim().split(' ').map(Number)
  return { wall, cpu: user + system }
}

/** Seconds of processor time that all threads of a process have used; null where the system does not tell. */
function usedBy(pid: number): number | null {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`)
    return tasks.reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]), 0) / 1e9 // prettier-ignore
  } catch {
    return null
  }
}

const plus = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b)

const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

function medianOf(times: Time[]): Time {
  const cpus = times.map(({ cpu }) => cpu).filter((cpu) => cpu !== null)
  return { wall: middle(times.map(({ wall }) => wall)), cpu: cpus.length > 0 ? middle(cpus) : null }
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
  return middle(seconds)
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
  const s = (value: number | null | undefined) => (value === null || value === undefined ? '–' : value.toFixed(3))
  for (const { set, files, megabytes, times } of speed) {
    const theirs = times.dcm2niix?.wall
    console.log(`${set}: ${files} files, ${megabytes.toFixed(0)} MB`)
    console.log('                   seconds  of processors  × dcm2niix’s speed')
    for (const [who, { wall, cpu }] of Object.entries(times)) {
      const label = who.startsWith('dcm') ? who : who === 'command' ? 'our command' : `our app, ${who}`
      const ratio = theirs === undefined ? '–' : (theirs / wall).toFixed(2)
      console.log(`  ${label.padEnd(15)} ${s(wall).padStart(8)} ${s(cpu).padStart(14)} ${ratio.padStart(18)}`)
    }
  }
  console.log(
    `index of ${index.series} series: open with its list ${index.open.toFixed(3)} s, filter ${(1000 * index.filter).toFixed(1)} ms`,
  )
}
