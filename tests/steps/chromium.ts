/** The browser of the browser tests: one that is there, or Debian's, installed where that is permitted. */
import { accessSync, constants } from 'node:fs'
import { install, mayInstall } from './apt.ts'

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
  if (!mayInstall()) {
    return {
      missing: 'No Chromium found, so the browser tests are skipped. Install it (Debian: apt-get install chromium).',
    }
  }
  console.log('Installing Debian’s Chromium for the browser tests …')
  const failed = install('chromium')
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
