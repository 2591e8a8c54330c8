/**
 * `npm test`: everything that continuous integration runs, in order, and in the end one line: `N passed, N failed`.
 * `npm test -- lint browser` runs only the steps named.
 */
import { findChromium } from './steps/chromium.ts'
import { runCommand } from './steps/command.ts'
import { rebuildKernels } from './steps/kernels.ts'
import { add, nothing, words, type Tally } from './steps/tally.ts'
import { runSuites } from './steps/suites.ts'

interface Step {
  name: string
  what: string
  run(): Promise<Tally>
}

const minute = 60_000
const bin = (name: string, ...args: string[]) => runCommand([`node_modules/${name}`, ...args], 5 * minute)

const steps: Step[] = [
  { name: 'format', what: 'Prettier', run: () => bin('prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.') },
  { name: 'lint', what: 'ESLint, dependency rules', run: () => bin('eslint/bin/eslint.js', '--max-warnings=0', '.') },
  { name: 'types', what: 'TypeScript', run: () => bin('vue-tsc/bin/vue-tsc.js', '--noEmit', '-p', 'tsconfig.json') },
  { name: 'build', what: 'main, preload and page', run: () => bin('electron-vite/bin/electron-vite.js', 'build') },
  { name: 'kernels', what: 'C kernels built anew', run: rebuildKernels },
  { name: 'unit', what: 'unit and contract tests', run: unit },
  { name: 'integration', what: 'integration, real data', run: () => runSuites(['integration'], 15 * minute) },
  { name: 'browser', what: 'the built app in Chromium', run: browser },
]

async function unit(): Promise<Tally> {
  // Chromium brings the software GPU that the WebGPU kernels are tested on.
  await findChromium()
  return runSuites(['unit', 'contract'], 15 * minute)
}

async function browser(): Promise<Tally> {
  const chromium = await findChromium()
  if ('path' in chromium) return runSuites(['browser'], 15 * minute, { HANDFUL_CHROMIUM: chromium.path })
  console.log(chromium.missing)
  return runSuites(['browser'], minute, { HANDFUL_CHROMIUM: 'none' })
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. There are: ${steps.map((step) => step.name).join(', ')}.`)
  process.exit(2)
}

let total = nothing
for (const step of steps) {
  if (wanted.length > 0 && !wanted.includes(step.name)) continue
  console.log(`\n── ${step.name}: ${step.what}`)
  const start = performance.now()
  const tally = await step.run()
  console.log(
    `   ${tally.failed > 0 ? `${tally.failed} FAILED` : 'ok'}, ${((performance.now() - start) / 1000).toFixed(1)} s`,
  )
  total = add(total, tally)
}
if (total.failed > 0) console.log(`\nFailed:\n${total.failures.map((name) => `  ${name}`).join('\n')}`)
console.log(`\n${words(total)}`)
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0)
