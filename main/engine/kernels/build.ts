/**
 * `npm run kernels`: builds the C kernels with clang and lld (version 16 or newer; no libc, no SDK) for every platform and
 * for WebAssembly, and writes them to prebuilt/ together with the hash of their sources. `npm run kernels -- linux-x64 wasm`
 * builds only some; `--to FOLDER` puts them elsewhere.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { sourceHash, tableHeader } from './sources.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const sources = join(here, 'c')
const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { to: { type: 'string' } } })
const prebuilt = options.to ?? join(here, 'prebuilt')
const work = mkdtempSync(join(tmpdir(), 'handful-kernels-'))

/** The first of these programs that is there. */
function tool(...names: string[]): string {
  for (const name of names)
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' })
      return name
    } catch {
      // the next one
    }
  throw new Error(`None of ${names.join(', ')} was found. Install clang and lld, version 16 or newer.`)
}
const clang = process.env.CLANG ?? tool('clang-16', 'clang')
const suffix = clang.endsWith('-16') ? '-16' : ''

const run = (program: string, args: string[]): void => {
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
}

const common = [
  '-O3', '-std=c17', '-ffreestanding', '-fno-math-errno', '-fno-trapping-math', '-ffp-contract=fast', '-fomit-frame-pointer',
  '-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-fvisibility=hidden', '-fno-ident', '-DNDEBUG',
  '-Wall', '-Wextra', '-Werror', '-Wframe-larger-than=3500', '-Wno-unused-variable', '-Wno-unused-function', '-Wno-unused-parameter', '-Wno-psabi',
  '-Wno-pass-failed', '-I', work, '-I', sources,
] // prettier-ignore

function compile(target: string, file: string, name: string, flags: string[]): string {
  const object = join(work, `${target}-${name}.o`)
  run(clang, [`--target=${target}`, ...common, ...flags, '-c', join(sources, file), '-o', object])
  return object
}

const level = (name: string): string[] => [`-DLEVEL=kernels_${name}`]
const x64Levels: [string, string[]][] = [
  ['sse', ['-msse4.1', '-mssse3']],
  ['avx2', ['-mavx2', '-mfma', '-mf16c', '-mbmi', '-mbmi2']],
  ['avx512', ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma', '-mbmi', '-mbmi2', '-mprefer-vector-width=512']],
] // prettier-ignore

/** The platforms: clang's name for them, flags, and how to link. */
const platforms: Record<string, { target: string; flags: string[]; link(objects: string[], to: string): void }> = {
  'linux-x64': { target: 'x86_64-linux-gnu', flags: ['-fPIC'], link: linkElf },
  'linux-arm64': { target: 'aarch64-linux-gnu', flags: ['-fPIC', '-mno-outline-atomics'], link: linkElf },
  'win32-x64': {
    target: 'x86_64-pc-windows-msvc',
    flags: ['-mno-stack-arg-probe'],
    link: linkPe('x64', 'i386:x86-64'),
  },
  'win32-arm64': { target: 'aarch64-pc-windows-msvc', flags: ['-mno-stack-arg-probe'], link: linkPe('arm64', 'arm64') },
  'darwin-x64': { target: 'x86_64-apple-macos11', flags: ['-fPIC'], link: linkMach('x86_64') },
  'darwin-arm64': { target: 'arm64-apple-macos11', flags: ['-fPIC', '-mno-outline-atomics'], link: linkMach('arm64') },
}

function linkElf(objects: string[], to: string): void {
  run(`ld.lld${suffix}`, ['-shared', '--gc-sections', '-s', '-z', 'noexecstack', '-o', to, ...objects])
}
function linkPe(machine: string, dlltool: string) {
  return (objects: string[], to: string): void => {
    const definition = join(work, `${machine}.def`)
    const library = join(work, `${machine}.lib`)
    writeFileSync(definition, 'LIBRARY KERNEL32.dll\nEXPORTS\nGetModuleHandleA\nGetProcAddress\nSleep\n')
    run(`llvm-dlltool${suffix}`, ['-m', dlltool, '-d', definition, '-l', library])
    run(`lld-link${suffix}`, ['/dll', '/noentry', '/nodefaultlib', `/machine:${machine}`, '/opt:ref', '/timestamp:0', `/implib:${join(work, 'unused.lib')}`, `/out:${to}`, ...objects, library])
  } // prettier-ignore
}
/** What the Mac library says of itself; its symbols are found when it is loaded. */
const systemStub = `--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos, arm64-macos ]
install-name: '/usr/lib/libSystem.B.dylib'
exports:
  - targets: [ x86_64-macos, arm64-macos ]
    symbols: [ dyld_stub_binder, ___ulock_wait, ___ulock_wake ]
...
`
function linkMach(architecture: string) {
  return (objects: string[], to: string): void => {
    const flags = ['-bundle', '-undefined', 'dynamic_lookup', '-arch', architecture, '-platform_version', 'macos', '11.0', '11.0', '-adhoc_codesign']
    const system = join(work, 'libSystem.tbd')
    writeFileSync(system, systemStub)
    run(`ld64.lld${suffix}`, [...flags, '-o', to, ...objects, system])
  } // prettier-ignore
}

function buildAddon(platform: string): string {
  const { target, flags, link } = platforms[platform]
  const headers = dirname(createRequire(import.meta.url).resolve('node-api-headers/include/node_api.h'))
  const objects = ['addon', 'system', 'schedule', 'memory'].map((name) =>
    compile(target, `${name}.c`, name, [...flags, '-isystem', headers, ...(name === 'memory' ? ['-fno-builtin'] : [])]),
  )
  const levels: [string, string[]][] = platform.endsWith('x64') ? x64Levels : [['neon', []]]
  for (const [name, more] of levels) objects.push(compile(target, 'level.c', name, [...flags, ...more, ...level(name)]))
  const file = `kernels-${platform}.node`
  link(objects, join(prebuilt, file))
  return file
}

function buildWasm(name: string, simd: string[]): string {
  const target = 'wasm32-unknown-unknown'
  const flags = [
    '-matomics',
    '-mbulk-memory',
    '-mmutable-globals',
    '-mnontrapping-fptoint',
    '-msign-ext',
    ...simd,
    ...level('wasm'),
  ]
  const objects = ['wasm', 'schedule', 'level'].map((file) => compile(target, `${file}.c`, `${name}-${file}`, flags))
  const file = `kernels-${name}.wasm`
  run(`wasm-ld${suffix}`, [
    '--no-entry', '--import-memory', '--shared-memory', '--max-memory=4294967296', '--export=__stack_pointer',
    '--export=__heap_base', '--gc-sections', '--strip-all', '-z', 'stack-size=65536', '-o', join(prebuilt, file), ...objects,
  ]) // prettier-ignore
  return file
}

const wasm: Record<string, string[]> = {
  simd: ['-msimd128'],
  relaxed: ['-msimd128', '-mrelaxed-simd'],
  paired: ['-msimd128', '-mrelaxed-simd', '-DPAIRED'],
}

function main(wanted: string[]): void {
  mkdirSync(prebuilt, { recursive: true })
  writeFileSync(join(work, 'table.h'), tableHeader())
  const chosen = (name: string): boolean =>
    !wanted.length || wanted.some((one) => name === one || name.startsWith(`${one}-`))
  const manifestPath = join(prebuilt, 'manifest.json')
  const files: string[] = []
  const attempt = (name: string, build: () => string): void => {
    if (!chosen(name)) return
    try {
      files.push(build())
      console.log(`${name}: ${files.at(-1)}, ${statSync(join(prebuilt, files.at(-1)!)).size} bytes`)
    } catch (error) {
      console.error(`${name}: not built. ${error instanceof Error ? error.message.split('\n')[0] : error}`)
      process.exitCode = 1
    }
  }
  for (const platform of Object.keys(platforms)) attempt(platform, () => buildAddon(platform))
  for (const [name, simd] of Object.entries(wasm)) attempt(`wasm-${name}`, () => buildWasm(name, simd))
  const compiler = execFileSync(clang, ['--version'], { encoding: 'utf8' }).split('\n')[0]
  const hash = sourceHash()
  let older: Record<string, string> = {}
  try {
    older = (JSON.parse(readFileSync(manifestPath, 'utf8')) as { files: Record<string, string> }).files
  } catch {
    // the first build
  }
  // For each file the hash of the sources it was built from: a partial build leaves the others behind visibly.
  const all = Object.fromEntries(
    Object.entries({ ...older, ...Object.fromEntries(files.map((f) => [f, hash])) }).sort(),
  )
  writeFileSync(manifestPath, JSON.stringify({ compiler, files: all }, null, 2) + '\n')
  rmSync(work, { recursive: true })
}

main(positionals)
