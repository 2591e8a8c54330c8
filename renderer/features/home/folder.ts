/** The folder of a new project: its name without what file systems refuse, inside `parent`. */
export function projectFolder(parent: string, name: string): string {
  const separator = parent.includes('\\') ? '\\' : '/'
  // Characters that Windows refuses, control characters, and dots or blanks at the ends.
  const safe = name
    .trim()
    .replace(/[<>:"/\\|?*\u0000-\u001f]+/g, '-')
    .replace(/^[. ]+|[. ]+$/g, '')
  return `${parent.endsWith(separator) ? parent : parent + separator}${safe || 'project'}`
}
