/** What a person can send to whoever helps them: what went wrong and where, and nothing that names a patient. */
import { cases } from './cases.ts'
import { device, info, project, screen } from './session.ts'
import { language } from '../words/index.ts'

export interface Circumstances {
  version: string
  mode: string
  device: string
  screen: string
  language: string
  browser: string
  /** Names of scans and of the project: taken out wherever they occur. */
  names: readonly string[]
}

/** The report as text. `details`: such as where in the program it happened. */
export function reportText(sentence: string, details: string, about: Circumstances, when: Date): string {
  const clean = (text: string) => withoutNames(text, about.names)
  return [
    `Handful ${about.version} (${about.mode})`,
    `When: ${when.toISOString()}`,
    `Where: ${about.screen}, ${about.language}`,
    `Computes on: ${about.device}`,
    `Browser: ${about.browser}`,
    `What: ${clean(sentence)}`,
    ...(details ? [clean(details)] : []),
  ].join('\n')
}

/** Names of scans, paths, file names and what stands in quotation marks: each may hold a patient's name. */
export function withoutNames(text: string, names: readonly string[]): string {
  let clean = text
  for (const name of [...names].sort((a, b) => b.length - a.length)) if (name) clean = clean.replaceAll(name, '[name]')
  return (
    clean
      // Addresses of the program's own scripts stay: they say where it happened, and name nobody.
      .replace(/(?:https?|app):\/\/[^\s/]+(\/assets\/[\w.:-]+)?\S*/g, (_, script?: string) => script ?? '[address]')
      .replace(/["“«][^"”»\n]*["”»]/g, '[name]')
      .replace(/(?:[A-Za-z]:[\\/]|~?(?<!\/assets)\/)(?!assets\/)[^\s,;:]*[^\s.,;:)]/g, '[path]')
      .replace(/[^\s[\]/]+\.(?:nii(?:\.gz)?|gz|dcm|ima|img|hdr|zip|nrrd|mha)\b/gi, '[file]')
  )
}

/** The report of something that went wrong now. */
export function report(sentence: string, details = ''): string {
  const names = [...cases.value.map((one) => one.name), project.value?.folder ?? '', project.value?.name ?? '']
  const about: Circumstances = {
    version: info.value?.version ?? '?',
    mode: info.value?.mode ?? '?',
    device: device.value || '?',
    screen: project.value ? screen.value : 'home',
    language: language.value,
    browser: navigator.userAgent,
    names,
  }
  return reportText(sentence, details, about, new Date())
}

/** Puts text on the clipboard; false where the browser refuses. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const field = document.body.appendChild(document.createElement('textarea'))
    field.value = text
    field.select()
    const done = document.execCommand('copy')
    field.remove()
    return done
  }
}
