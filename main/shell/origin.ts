/** The page's own address. Everything that is not below it is foreign. */
export const scheme = 'app'
export const host = 'handful'
export const pageUrl = `${scheme}://${host}/`

export function isOurs(url: string): boolean {
  try {
    const { protocol, host: at, username, password } = new URL(url)
    return protocol === `${scheme}:` && at === host && username === '' && password === ''
  } catch {
    return false
  }
}
