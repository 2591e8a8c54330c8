/** Debian's packages, where the tests may install them. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Whether packages can be installed: on Debian and its kin, as root. */
export function mayInstall(): boolean {
  return isDebian() && process.getuid?.() === 0
}

/** null when all are installed, else the end of what was said. */
export function install(...packages: string[]): string | null {
  return apt('update') ?? apt('install', '-y', '--no-install-recommends', ...packages)
}

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}

/** The end of its output when it failed, else null. */
function apt(...args: string[]): string | null {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const run = spawnSync('apt-get', ['-q', ...args], { env, encoding: 'utf8', timeout: 5 * 60_000 })
  if (run.status === 0) return null
  return [run.stdout, run.stderr, run.error?.message].filter(Boolean).join('\n').slice(-1500)
}
