/** The browser of the browser tests: one that is there, or Debian's, installed where that is permitted. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'

const places = [
  process.env.HANDFUL_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** `missing` says why there is none and what to do. */
export async function findChromium(): Promise<{ path: string } | { missing: string }> {
  const present = look()
  if (present) return { path: present }
  if (!isDebian() || process.getuid?.() !== 0) {
    return {
      missing: 'No Chromium found, so the browser tests are skipped. Install it (Debian: apt-get install chromium).',
    }
  }
  console.log('Installing Debian’s Chromium for the browser tests …')
  const failed = apt('update') || apt('install', '-y', '--no-install-recommends', 'chromium')
  const installed = failed ? undefined : look()
  if (installed) return { path: installed }
  return { missing: `Chromium could not be installed, so the browser tests are skipped.\n${failed ?? ''}` }
}

const look = () => places.find((path) => path !== undefined && isProgram(path))

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
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
