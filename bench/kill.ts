/**
 * Handful killed (SIGKILL) at random moments, during imports and while labels are saved. After each kill the project must
 * open, every label that was said to be saved must be there and whole, and `library check` must be clean; in the end an
 * import that was killed many times must be complete.
 *
 *     npm run -s bench -- kill [--quick] [--json]      200 kills; quick: 20
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { identity } from '../main/imaging/affine.ts'
import { makeGeometry } from '../main/imaging/geometry.ts'
import { writeNifti } from '../main/imaging/nifti.ts'
import { dicomFile, sliceFields, words } from '../main/imaging/dicom/testing.ts'
import { hashLabels, isProject, layout, openLibrary, readCacheHeader, readLabelFile } from '../main/library/index.ts'
import { checkLibrary } from '../main/services/checking.ts'
import { createServices } from '../main/services/index.ts'
import { openProject } from '../main/services/context.ts'
import { random, type Random } from '../shared/domain/random.ts'

export type KillReport = {
  kills: number
  duringImport: number
  duringSaving: number
  /** Killed imports that were then finished, and compared with what an undisturbed one holds. */
  finishedImports: number
  labelsSaved: number
  repaired: number
  problems: string[]
}

const seed = 20261121
const scans = 24
const side = 40
/** DICOM series beside them, without labels: slices of one value each. */
const [series, slices, columns] = [8, 24, 160]

export async function run({ json = false, quick = false }: { json?: boolean; quick?: boolean }): Promise<KillReport> {
  const report = await killMany(quick ? 20 : 200, (line) => json || console.error(line))
  if (json) console.log(JSON.stringify(report))
  else {
    const { kills, duringImport, duringSaving, finishedImports, labelsSaved, repaired, problems } = report
    console.log(
      `${kills} kills: ${duringImport} during imports (${finishedImports} finished afterwards), ${duringSaving} while labels were saved (${labelsSaved} saved)`,
    )
    console.log(`left-overs that the check cleared away: ${repaired}; problems: ${problems.length}`)
    for (const problem of problems) console.log(`  ${problem}`)
  }
  if (report.problems.length > 0) process.exitCode = 1
  return report
}

/** Half of the kills hit imports, half hit label saving. Moments are drawn from a fixed seed; what they hit is chance. */
export async function killMany(kills: number, tell: (line: string) => void = () => {}): Promise<KillReport> {
  const root = mkdtempSync(join(tmpdir(), 'handful-kill-'))
  const report: KillReport = { kills: 0, duringImport: 0, duringSaving: 0, finishedImports: 0, labelsSaved: 0, repaired: 0, problems: [] } // prettier-ignore
  try {
    makeScans(root)
    await killImports(root, Math.ceil(kills / 2), report, tell)
    await killSaving(root, Math.floor(kills / 2), report, tell)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
  return report
}

function makeScans(root: string): void {
  for (const part of ['scans', 'labels']) mkdirSync(join(root, part), { recursive: true })
  const geometry = makeGeometry([side, side, side], identity)
  for (let n = 0; n < scans; n++) {
    const draw = random(seed, 'scan', n)
    const samples = Int16Array.from({ length: side ** 3 }, () => draw.integer(2000))
    const labels = Uint8Array.from({ length: side ** 3 }, (_, v) => Number((v + n) % 5 === 0))
    const name = `scan_${String(n).padStart(2, '0')}.nii.gz`
    writeFileSync(join(root, 'scans', name), gzipSync(writeNifti({ geometry, type: 'int16', samples })))
    const map = writeNifti({ geometry, type: 'uint8', samples: labels, labels: true })
    writeFileSync(join(root, 'labels', name), gzipSync(map))
  }
  for (let n = 0; n < series; n++) {
    const folder = join(root, 'scans', `series ${n}`)
    mkdirSync(folder)
    for (let k = 0; k < slices; k++) {
      const change = {
        '00080018': `1.2.3.${n}.${k}`,
        '0020000e': `1.2.4.${n}`,
        '00280010': columns,
        '00280011': columns,
        '7fe00010': words(Array<number>(columns * columns).fill(valueOf(n, k))),
      }
      writeFileSync(join(folder, `${k}.dcm`), dicomFile(sliceFields(k, change)))
    }
  }
}

const valueOf = (n: number, slice: number) => 100 * n + slice

/** The command line itself, with its importer process, in a process group of its own. */
function startImport(root: string, project: string): ChildProcess {
  const cli = new URL('../main/cli/index.ts', import.meta.url).pathname
  const paths = [join(root, 'scans'), '--labels', join(root, 'labels'), '--project', project]
  return spawn(process.execPath, [cli, 'import', ...paths], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, HANDFUL_HOME: root },
  })
}

async function killImports(root: string, kills: number, report: KillReport, tell: (line: string) => void) {
  let project = join(root, 'import-0')
  let longest = 2500
  for (let n = 0; n < kills; n++) {
    const draw = random(seed, 'import', n)
    const child = startImport(root, project)
    const began = performance.now()
    const ended = once(child, 'exit')
    const done = await Promise.race([ended.then(() => true), wait(draw.uniform(0, longest))])
    if (done === true) {
      // It was quicker than the moment drawn: this one counts as an undisturbed end, and the next begins anew.
      longest = Math.max(200, Math.min(longest, performance.now() - began))
      await compareWithWhole(project, report)
      project = join(root, `import-${n + 1}`)
      n--
      continue
    }
    await strike(child, ended, draw)
    report.kills++
    report.duringImport++
    if (isProject(project) && (await examine(root, project, [], report, `import kill ${n}`)) === scans) {
      // All is in: only an import that still has something to write is worth killing.
      report.finishedImports++
      project = join(root, `import-${n + 1}`)
    }
    if (n % 20 === 19) tell(`${report.kills} kills, ${report.problems.length} problems`)
  }
  const last = startImport(root, project)
  await once(last, 'exit')
  await compareWithWhole(project, report)
}

async function killSaving(root: string, kills: number, report: KillReport, tell: (line: string) => void) {
  const project = join(root, 'saving')
  await once(startImport(root, project), 'exit')
  const saver = new URL('./kill/saver.ts', import.meta.url).pathname
  const saved: { id: string; sha256: string }[] = []
  for (let n = 0; n < kills; n++) {
    const draw = random(seed, 'saving', n)
    const child = spawn(process.execPath, [saver, project, root], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    let told = ''
    child.stdout.on('data', (piece: Buffer) => (told += piece.toString()))
    await Promise.race([once(child.stdout, 'data'), ended])
    await wait(draw.integer(300))
    await strike(child, ended, draw)
    report.kills++
    report.duringSaving++
    for (const line of told.split('\n').slice(1, -1)) {
      const [id, sha256] = line.split(' ')
      saved.push({ id, sha256 })
    }
    await examine(root, project, saved, report, `saving kill ${n}`)
    if (n % 20 === 19) tell(`${report.kills} kills, ${report.problems.length} problems`)
  }
  report.labelsSaved = saved.length
}

/** Kills the program alone (its importer notices), or all its processes at once, as a power cut does. */
async function strike(child: ChildProcess, ended: Promise<unknown>, draw: Random): Promise<void> {
  try {
    process.kill(draw.chance(0.5) ? child.pid! : -child.pid!, 'SIGKILL')
  } catch {
    // It ended by itself at this very moment.
  }
  await ended
  // An importer that lost its program ends when it notices, after the file that it is at.
  for (let tries = 0; tries < 200 && isGroupAlive(child.pid!); tries++) await wait(25)
}

function isGroupAlive(group: number): boolean {
  try {
    return process.kill(-group, 0)
  } catch {
    return false
  }
}

/** How many cases have a label; what is wrong goes into the report. */
async function examine(
  root: string,
  project: string,
  saved: readonly { id: string; sha256: string }[],
  report: KillReport,
  when: string,
): Promise<number> {
  let labelled = 0
  const services = createServices({ mode: 'workstation', homeFolder: root })
  try {
    await services.handlers['project.open']({ folder: project })
    const library = openProject(services.context)
    labelled = library.counts().labelled
    for (const { id, sha256 } of saved) {
      const version = library.labelVersion(id)
      if (!version) report.problems.push(`${when}: the saved label ${id} is lost`)
      else if (hashLabels(readLabelFile(library.folder, version)) !== sha256)
        report.problems.push(`${when}: the saved label ${id} is another`)
    }
    for (const found of library.allSeries())
      if (!readCacheHeader(library.folder, found.id))
        report.problems.push(`${when}: a scan is in the list whose volume is not whole`)
    const check = () => checkLibrary(services.context, library, { contents: false, repair: true, goOn: () => true })
    const found = await check()
    report.repaired += found.findings.filter(({ state }) => state === 'repaired').length
    for (const { state, message } of found.findings)
      if (state === 'problem') report.problems.push(`${when}: ${message}`)
    // A killed program's importer notices a moment later, and may leave a file until then.
    let again = await check()
    for (let second = 0; second < 5 && again.findings.length > 0; second++) {
      await sleep(1000)
      again = await check()
    }
    for (const { message } of again.findings) report.problems.push(`${when}, checked again: ${message}`)
  } catch (error) {
    report.problems.push(`${when}: ${String((error as Error)?.stack ?? error)}`)
  } finally {
    await services.close()
  }
  return labelled
}

/** All scans with all their labels, whatever happened on the way. */
async function compareWithWhole(project: string, report: KillReport): Promise<void> {
  report.finishedImports++
  const library = openLibrary(project)
  const cases = library.cases()
  const labelled = cases.filter(({ labelVersionId }) => labelVersionId !== null)
  if (cases.length !== scans + series || labelled.length !== scans)
    report.problems.push(
      `a finished import holds ${cases.length} scans of ${scans + series} and ${labelled.length} labels of ${scans}`,
    )
  const volumes = library.allSeries().filter(({ reader }) => reader === 'dicom')
  const firsts = new Set(volumes.map(({ id }) => wholeFrom(layout.volumeFile(library.folder, id))))
  const whole = Array.from({ length: series }, (_, n) => valueOf(n, 0) - 1024).filter((first) => firsts.has(first))
  if (whole.length !== series)
    report.problems.push(`a finished import holds ${whole.length} of ${series} series unharmed`)
  library.close()
}

/** The first value of a volume file of one of the series; undefined where it is none. */
function wholeFrom(file: string): number | undefined {
  const bytes = readFileSync(file)
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
  const first = samples[0]
  const isWhole = samples.every((value, at) => value === first + Math.floor(at / columns ** 2))
  return isWhole && samples.length === columns ** 2 * slices ? first : undefined
}

const wait = (ms: number) => new Promise((resume) => setTimeout(resume, ms))
