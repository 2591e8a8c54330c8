/** The kernels built anew from their sources, put to the tests that the ones checked in pass. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { install, mayInstall } from './apt.ts'
import { runCommand } from './command.ts'
import { add, failure, nothing, type Tally } from './tally.ts'

const build = 'main/engine/kernels/build.ts'
const prebuilt = 'main/engine/kernels/prebuilt'
const minute = 60_000
const has = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
const compilerHere = () => has('clang-16') && has('ld.lld-16')

/** Builds linux-x64 and WebAssembly and compares. Skipped, saying so, where the compiler is not and cannot be had. */
export async function rebuildKernels(): Promise<Tally> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return skip('they are rebuilt on Linux x64 only')
  if (!compilerHere() && mayInstall()) {
    console.log('Installing Debian’s clang-16 and lld-16 to rebuild the kernels …')
    const failed = install('clang-16', 'lld-16')
    if (failed) console.log(failed)
  }
  if (!compilerHere()) return skip('clang-16 and lld-16 are not here (Debian: apt-get install clang-16 lld-16)')
  const folder = mkdtempSync(join(tmpdir(), 'handful-rebuilt-'))
  try {
    const built = await runCommand([build, '--to', folder, 'linux-x64', 'wasm'], 5 * minute)
    if (built.failed > 0) return built
    const hashes = (of: string) => (JSON.parse(readFileSync(join(of, 'manifest.json'), 'utf8')) as Manifest).files
    const [here, anew] = [hashes(prebuilt), hashes(folder)]
    const files = Object.keys(anew)
    if (files.some((file) => anew[file] !== here[file])) {
      console.log('The kernels that are checked in are not built from these sources: npm run kernels')
      return add(built, failure('kernels differ from their sources'))
    }
    const bytes = (of: string, file: string) => readFileSync(join(of, file))
    const same = files.every((file) => bytes(folder, file).equals(bytes(prebuilt, file)))
    console.log(`   rebuilt with ${compiler()}: ${same ? 'the same bytes' : 'other bytes'}`)
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', 'main/engine/kernels/kernels.test.ts']
    return add(built, await runCommand(vitest, 5 * minute, { HANDFUL_KERNELS: folder }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Manifest {
  files: Record<string, string>
}
const compiler = () => execFileSync('clang-16', ['--version'], { encoding: 'utf8' }).split('\n')[0]

function skip(why: string): Tally {
  console.log(`   The kernels are not rebuilt: ${why}.`)
  return { ...nothing, skipped: 1 }
}
