/** Vitest's projects (vitest.config.ts), counted from its JSON report. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { node } from './command.ts'
import { add, failure, nothing, type Tally } from './tally.ts'

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { name: string; status: string; assertionResults: { status: string; fullName: string }[] }[]
}

/** Shows vitest's own progress and failures. A run without a report, or without a single test, counts as one failure. */
export async function runSuites(projects: string[], limit: number, env: NodeJS.ProcessEnv = {}): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'handful-test-'))
  try {
    const report = join(folder, 'report.json')
    // What passing tests write is not shown; what failing ones write is.
    const args = ['run', '--silent=passed-only', ...projects.flatMap((name) => ['--project', name])]
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const { code } = await node(['node_modules/vitest/vitest.mjs', ...args, ...reporters], limit, true, env)
    const text = await readFile(report, 'utf8').catch(() => null)
    const tally = text === null ? nothing : count(JSON.parse(text) as Report)
    const ran = tally.passed + tally.failed + tally.skipped
    if (ran === 0) console.log(`No test of ${projects.join(', ')} ran.`)
    // Vitest also fails for errors outside tests; such a run must not pass.
    return (code !== 0 || ran === 0) && tally.failed === 0
      ? add(tally, failure(`${projects.join(', ')}: exit code ${code}, ${ran} tests`))
      : tally
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A file that can't even be loaded has no tests to count: it is one failure. */
function count(report: Report): Tally {
  const failures = report.testResults.flatMap(({ name, status, assertionResults }) => {
    const file = relative(process.cwd(), name)
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0 && status === 'failed') return [`${file}: as a whole`]
    return failed.map(({ fullName }) => `${file}: ${fullName}`)
  })
  return {
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  }
}
