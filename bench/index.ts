/**
 * `npm run -s bench -- NAME [--json] [--quick] [--OPTION VALUE …]`: each benchmark is a file of this folder that exports
 * `run`, and `options` if it has more of its own.
 */
import { readdirSync } from 'node:fs'

export interface BenchOptions {
  /** Print JSON instead of a table. */
  json: boolean
  /** Minutes instead of hours. */
  quick: boolean
  /** What else was given, by name: only names that the benchmark's `options` has. */
  values: Readonly<Record<string, string>>
}

interface Benchmark {
  run(options: BenchOptions): Promise<void>
  /** Further options, each with what it takes: { task: 'rotation' }. */
  options?: Readonly<Record<string, string>>
}

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'index.ts')
  .map((file) => file.slice(0, -3))

const [name, ...rest] = process.argv.slice(2)
if (!name || !names.includes(name)) {
  stop(`Usage: npm run -s bench -- NAME [--json] [--quick]\nNAME is one of: ${names.join(', ')}`)
}
const { run, options = {} } = (await import(`./${name}.ts`)) as Benchmark
const known = Object.entries(options).map(([own, takes]) => `[--${own} ${takes}]`)
const usage = `Usage: npm run -s bench -- ${[name, '[--json] [--quick]', ...known].join(' ')}`
if (rest.includes('--help')) {
  process.stdout.write(usage + '\n')
  process.exit(0)
}
const values: Record<string, string> = {}
const flags = new Set<string>()
for (let i = 0; i < rest.length; i++) {
  const option = rest[i].replace(/^--/, '')
  if (option in options) {
    values[option] = rest[++i] ?? stop(`--${option} needs a value: ${options[option]}.`)
  } else if (option === 'json' || option === 'quick') flags.add(option)
  else stop(`Unknown option ${rest[i]}.\n${usage}`)
}
try {
  await run({ json: flags.has('json'), quick: flags.has('quick'), values })
} catch (error) {
  // What a benchmark refuses is a sentence; a mistake of its own (a TypeError, say) needs its stack.
  if (!(error instanceof Error) || error.constructor !== Error) throw error
  stop(error.message, 1)
}

function stop(text: string, code = 2): never {
  process.stderr.write(text + '\n')
  process.exit(code)
}
