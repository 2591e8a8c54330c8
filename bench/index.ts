/** `npm run -s bench -- NAME [--json] [--quick]`: each benchmark is a file of this folder that exports `run`. */
import { readdirSync } from 'node:fs'

export interface BenchOptions {
  /** Print JSON instead of a table. */
  json: boolean
  /** Minutes instead of hours. */
  quick: boolean
}

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'index.ts')
  .map((file) => file.slice(0, -3))

const [name, ...flags] = process.argv.slice(2)
const unknown = flags.find((flag) => flag !== '--json' && flag !== '--quick')
if (!name || !names.includes(name) || unknown) {
  if (unknown) process.stderr.write(`Unknown option ${unknown}.\n`)
  process.stderr.write(`Usage: npm run -s bench -- NAME [--json] [--quick]\nNAME is one of: ${names.join(', ')}\n`)
  process.exit(2)
}
const { run } = (await import(`./${name}.ts`)) as { run(options: BenchOptions): Promise<void> }
await run({ json: flags.includes('--json'), quick: flags.includes('--quick') })
